using System.Text;
using System.Text.Json;
using Castalia.Formats;
using Castalia.Text;

namespace Castalia.Data;

/// <summary>Decodes the ids of lines. Any number of threads may use it.</summary>
internal sealed class LineDecoder(Tokenizer tokenizer, DecodeFileOptions options)
{
    private const string Remedy = "Each line must be a JSON array of ids, or an object with one under \"ids\", as castalia tokenizer encode writes them.";

    private readonly JsonWriterOptions _writing = new() { Encoder = CanonicalJson.Encoder };

    /// <summary>Decodes a batch.</summary>
    public WorkedLines Decode(LineBatch batch)
    {
        var output = new ChunkedBuffer();
        List<int> ids = [];
        TokenizationAmount amount = default;
        for (int i = 0; i < batch.Count; i++)
        {
            ids.Clear();
            Read(batch, i, ids);
            string text = tokenizer.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ids), options.SkipSpecialTokens);
            if (options.Raw)
            {
                Encoding.UTF8.GetBytes(text, output);
            }
            else
            {
                using var json = new Utf8JsonWriter(output, _writing);
                json.WriteStartObject();
                json.WriteString("text", text);
                json.WriteEndObject();
            }
            output.Add((byte)'\n');
            amount += new TokenizationAmount(1, Encoding.UTF8.GetByteCount(text), ids.Count);
        }
        return new WorkedLines(output, amount, batch.Done);
    }

    private void Read(LineBatch batch, int index, List<int> ids)
    {
        try
        {
            var reader = new Utf8JsonReader(batch.Line(index));
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartArray)
                ReadIds(ref reader, batch, index, ids);
            else if (reader.TokenType != JsonTokenType.StartObject || !Find(ref reader, batch, index, ids))
                throw batch.Fail(index, "expected ids, found none.", Remedy);
            if (reader.Read())
                throw batch.Fail(index, "expected one JSON value, found more behind it.", Remedy);
        }
        catch (JsonException exception)
        {
            throw batch.Fail(index, $"expected a JSON array of ids, found broken JSON (byte {exception.BytePositionInLine} of the line).", Remedy, exception);
        }
    }

    private bool Find(ref Utf8JsonReader reader, LineBatch batch, int index, List<int> ids)
    {
        bool found = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool own = reader.ValueTextEquals("ids"u8);
            reader.Read();
            if (!own)
            {
                reader.Skip();
                continue;
            }
            if (reader.TokenType != JsonTokenType.StartArray)
                throw batch.Fail(index, "expected \"ids\" to be an array, found another value.", Remedy);
            ids.Clear();
            ReadIds(ref reader, batch, index, ids);
            found = true;
        }
        return found;
    }

    private void ReadIds(ref Utf8JsonReader reader, LineBatch batch, int index, List<int> ids)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int id) || id < 0)
                throw batch.Fail(index, $"expected the ids to be whole numbers from 0, found another value as number {ids.Count + 1}.", Remedy);
            Admit(tokenizer, id, problem => batch.Fail(index, problem, "Name the tokenizer that made the ids."));
            ids.Add(id);
        }
    }

    /// <summary>Complains about an id that the tokenizer does not have: the ids are another tokenizer's.</summary>
    public static void Admit(Tokenizer tokenizer, int id, Func<string, InputException> fail)
    {
        if (id < 0 || id >= tokenizer.VocabularySize)
            throw fail($"the tokenizer has no id {id}: its ids go from 0 to {tokenizer.VocabularySize - 1}.");
    }
}
