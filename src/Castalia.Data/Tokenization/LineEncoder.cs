using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Castalia.Formats;
using Castalia.Text;

namespace Castalia.Data;

/// <summary>Encodes the documents of lines. Any number of threads may use it.</summary>
internal sealed class LineEncoder(Tokenizer tokenizer, EncodeFileOptions options)
{
    private const int IdsAtOnce = 4096, LongestId = 11;

    private readonly JsonWriterOptions _writing = new() { Encoder = CanonicalJson.Encoder, SkipValidation = true };

    /// <summary>Encodes a batch.</summary>
    public WorkedLines Encode(LineBatch batch)
    {
        var output = new ChunkedBuffer();
        JsonTextField text = new(options.Field);
        JsonTextField? pair = options.PairField is null ? null : new(options.PairField);
        if (pair is not null && batch.Format == TextFormat.Text)
            throw batch.Fail(0, "plain lines hold one text each; pairs cannot be read from them.", "Give pairs as JSON lines.");
        var ids = new ArrayBufferWriter<int>();
        TokenizationAmount amount = default;
        for (int i = 0; i < batch.Count; i++)
        {
            ReadOnlySpan<byte> first = batch.Format == TextFormat.Text ? batch.Line(i) : text.Read(batch, i);
            ReadOnlySpan<byte> second = pair is null ? default : pair.Read(batch, i);
            int tokens;
            try
            {
                tokens = options.Offsets || pair is not null ? EncodeFully(first, second, pair is not null, output) : EncodeIds(first, ids, output);
            }
            catch (InputException exception)
            {
                throw batch.Fail(i, exception.Problem, exception.Remedy, exception);
            }
            output.Add((byte)'\n');
            amount += new TokenizationAmount(1, first.Length + second.Length, tokens);
        }
        return new WorkedLines(output, amount, batch.Done);
    }

    private int EncodeIds(ReadOnlySpan<byte> text, ArrayBufferWriter<int> ids, ChunkedBuffer output)
    {
        ids.ResetWrittenCount();
        int count = tokenizer.Encode(text, ids, options.Flags);
        WriteIds(ids.WrittenSpan, output);
        return count;
    }

    private int EncodeFully(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, bool isPair, ChunkedBuffer output)
    {
        TokenEncoding encoding = isPair
            ? tokenizer.EncodeFull(Encoding.UTF8.GetString(first), Encoding.UTF8.GetString(second), options.Flags, options.Unit)
            : tokenizer.EncodeFull(first, options.Flags, options.Unit);
        if (!options.Offsets)
        {
            WriteIds([.. encoding.Ids], output);
            return encoding.Count;
        }
        using var json = new Utf8JsonWriter(output, _writing);
        WriteEncoding(json, encoding, isPair);
        return encoding.Count;
    }

    private void WriteEncoding(Utf8JsonWriter json, TokenEncoding encoding, bool isPair)
    {
        json.WriteStartObject();
        WriteList(json, "ids", encoding.Ids, json.WriteNumberValue);
        WriteList(json, "tokens", encoding.Tokens, json.WriteStringValue);
        WriteList(json, "offsets", encoding.Offsets, range =>
        {
            json.WriteStartArray();
            json.WriteNumberValue(range.Start);
            json.WriteNumberValue(range.End);
            json.WriteEndArray();
        });
        WriteList(json, "word_ids", encoding.WordIds, WriteNumber);
        WriteList(json, "special_tokens_mask", encoding.SpecialTokensMask, mark => json.WriteNumberValue(mark ? 1 : 0));
        if (isPair)
        {
            WriteList(json, "type_ids", encoding.TypeIds, json.WriteNumberValue);
            WriteList(json, "sequence_ids", encoding.SequenceIds, WriteNumber);
        }
        if (tokenizer.Padding is not null)
            WriteList(json, "attention_mask", encoding.AttentionMask, mark => json.WriteNumberValue(mark ? 1 : 0));
        if (options.Stride > 0)
            WriteList(json, "overflowing", encoding.Overflowing, part => WriteEncoding(json, part, isPair));
        json.WriteEndObject();

        void WriteNumber(int? number)
        {
            if (number is int value)
                json.WriteNumberValue(value);
            else
                json.WriteNullValue();
        }
    }

    private static void WriteList<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            write(item);
            // The writer keeps what it wrote in one piece until it is told to hand it on.
            if (json.BytesPending > 1 << 20)
                json.Flush();
        }
        json.WriteEndArray();
    }

    private static void WriteIds(ReadOnlySpan<int> ids, ChunkedBuffer output)
    {
        output.Add((byte)'[');
        for (bool first = true; ids.Length > 0; first = false)
        {
            int count = Math.Min(ids.Length, IdsAtOnce), length = 0;
            Span<byte> digits = output.GetSpan(count * LongestId);
            for (int i = 0; i < count; i++)
            {
                if (i > 0 || !first)
                    digits[length++] = (byte)',';
                Utf8Formatter.TryFormat(ids[i], digits[length..], out int written);
                length += written;
            }
            output.Advance(length);
            ids = ids[count..];
        }
        output.Add((byte)']');
    }
}
