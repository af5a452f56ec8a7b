using Castalia.Formats;
using Castalia.Text;

namespace Castalia.Data;

/// <summary>
/// Files of texts into files of ids and back, a line a document, in order. Batches of lines are worked on by many threads and written as they
/// were read, so the result is the same for any number of threads; only a few batches are in memory. A file appears when it is whole.
/// </summary>
public static class TokenFiles
{
    // Lines of a hundred megabytes need a multiple of their size while they are worked on.
    private const long MostBytesUnderWay = 1 << 27;

    /// <summary>Encodes documents: a line of ids, or of all that is known of the tokens, for each.</summary>
    /// <param name="tokenizer">The tokenizer's file.</param>
    /// <param name="options">How.</param>
    /// <param name="inputs">Files (<c>.jsonl</c>, <c>.txt</c>, each also <c>.zst</c> or <c>.gz</c>), folders, globs; <c>-</c> for standard input.</param>
    /// <param name="output">The file to write, packed as its name says; null for standard output.</param>
    /// <param name="streams">Standard input and output.</param>
    /// <param name="progress">Told how much of the input has been encoded.</param>
    /// <param name="cancellationToken">Ends the work early; no file appears then.</param>
    /// <exception cref="InputException">The tokenizer or an input is missing or damaged, or a line is no document.</exception>
    public static TokenizationAmount Encode(
        string tokenizer, EncodeFileOptions options, IReadOnlyList<string> inputs, string? output, StandardStreams streams,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(streams);
        var encoder = new LineEncoder(options.Apply(Tokenizer.Load(tokenizer)), options);
        return Work(
            "encode", new LineFiles(inputs, options.Format, streams.Input), encoder.Encode, options.Threads, output, streams.Output, progress, cancellationToken);
    }

    /// <summary>Decodes ids: a JSON array a line, or an object with <c>ids</c>, into <c>{"text": ...}</c> a line.</summary>
    /// <inheritdoc cref="Encode" path="/param"/>
    /// <exception cref="InputException">The tokenizer or an input is missing or damaged, or a line has no ids of the tokenizer.</exception>
    public static TokenizationAmount Decode(
        string tokenizer, DecodeFileOptions options, IReadOnlyList<string> inputs, string? output, StandardStreams streams,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(streams);
        var decoder = new LineDecoder(Tokenizer.Load(tokenizer), options);
        return Work(
            "decode", new LineFiles(inputs, TextFormat.Jsonl, streams.Input), decoder.Decode, options.Threads, output, streams.Output, progress, cancellationToken);
    }

    /// <summary>The text of a few ids.</summary>
    /// <param name="tokenizer">The tokenizer's file.</param>
    /// <param name="options">How.</param>
    /// <param name="ids">The ids.</param>
    /// <exception cref="InputException">The tokenizer is missing or damaged, or has no such id.</exception>
    public static string Decode(string tokenizer, DecodeFileOptions options, IReadOnlyList<int> ids)
    {
        ArgumentNullException.ThrowIfNull(options);
        Tokenizer loaded = Tokenizer.Load(tokenizer);
        foreach (int id in ids)
            LineDecoder.Admit(loaded, id, problem => new InputException(tokenizer, null, problem, "Name the tokenizer that made the ids."));
        return loaded.Decode([.. ids], options.SkipSpecialTokens);
    }

    private static TokenizationAmount Work(
        string what, LineFiles files, Func<LineBatch, WorkedLines> work, int threads, string? output, Stream standardOutput,
        IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        TokenizationAmount total = default;
        if (output is null)
            Write(standardOutput);
        else
            CompressedStream.Write(output, Write);
        return total;

        void Write(Stream stream)
        {
            long? all = files.TotalBytes;
            var ordered = new OrderedWork(threads > 0 ? threads : Environment.ProcessorCount, MostBytesUnderWay);
            foreach (WorkedLines lines in ordered.Select(files.Read(cancellationToken), work, batch => batch.Length, cancellationToken))
            {
                lines.Output.WriteTo(stream);
                total += lines.Amount;
                progress?.Report(new WorkProgress(what, lines.Done, all, "bytes", $"{total.Documents:N0} documents, {total.Tokens:N0} tokens"));
            }
            stream.Flush();
        }
    }
}

/// <summary>A batch of lines when it has been worked on.</summary>
/// <param name="Output">The lines to write.</param>
/// <param name="Amount">How much it was.</param>
/// <param name="Done">How many bytes of all files had been read with it.</param>
internal sealed record WorkedLines(ChunkedBuffer Output, TokenizationAmount Amount, long Done);
