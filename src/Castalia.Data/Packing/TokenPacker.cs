using Castalia.Formats;
using Castalia.Text;

namespace Castalia.Data;

/// <summary>
/// Turns documents into packed tokens: <c>.bin</c> and <c>.idx</c>, a document a sequence, in the documents' order. Documents are encoded in batches by many
/// threads and written by one as they were read, so the files are the same for any number of threads; only a few batches are in memory.
/// </summary>
public static class TokenPacker
{
    /// <summary>Packs the parts of a corpus folder into <c>train.bin</c>, <c>train.idx</c>, ... and, last, <c>tokens.json</c>.</summary>
    /// <param name="options">Tokenizer and parts.</param>
    /// <param name="corpusFolder">What <see cref="Corpus.Build"/> wrote.</param>
    /// <param name="outputFolder">Where to write; made if missing.</param>
    /// <param name="progress">Told the documents packed so far.</param>
    /// <param name="cancellationToken">Stops the packing; no file is left half-written.</param>
    /// <exception cref="InputException">The tokenizer or a document file is missing or damaged, or the tokenizer has no end-of-text token.</exception>
    public static TokensReport Pack(
        PackOptions options,
        string corpusFolder,
        string outputFolder,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Pack(
            options, [.. options.Splits.Select(split => (split.FileName(), (IReadOnlyList<string>)[split.DocumentFile(corpusFolder)]))],
            outputFolder, progress, cancellationToken);
    }

    /// <summary>Packs any document files into datasets of any names.</summary>
    /// <param name="options">The tokenizer.</param>
    /// <param name="sets">Each dataset's name and the files, folders or globs that go into it.</param>
    /// <param name="outputFolder">Where to write; made if missing.</param>
    /// <param name="progress">Told the documents packed so far.</param>
    /// <param name="cancellationToken">Stops the packing.</param>
    /// <inheritdoc cref="Pack(PackOptions, string, string, IProgress{WorkProgress}?, CancellationToken)" path="/exception"/>
    public static TokensReport Pack(
        PackOptions options,
        IReadOnlyList<(string Name, IReadOnlyList<string> Inputs)> sets,
        string outputFolder,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(sets);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1);
        Tokenizer tokenizer = Tokenizer.Load(options.TokenizerPath);
        int? endOfDocument = options.AppendEod ? EndOfText(tokenizer, options.TokenizerPath) : null;
        MegatronDType type = MegatronDTypes.ForVocabulary(tokenizer.VocabularySize);
        var encoding = new ParallelEncoder(tokenizer, endOfDocument, options.Threads);

        var packed = new List<PackedReport>();
        foreach ((string name, IReadOnlyList<string> inputs) in sets)
        {
            using MegatronDatasetWriter writer = MegatronDatasetWriter.Create(Path.Combine(outputFolder, name), type);
            var components = new SortedDictionary<string, TokenAmount>(StringComparer.Ordinal);
            TokenAmount total = default;
            foreach (EncodedBatch batch in encoding.Encode(DocumentReader.Read(inputs, cancellationToken), cancellationToken))
            {
                foreach ((string source, long bytes, int start, int end) in batch.Documents())
                {
                    writer.AddSequence(batch.Tokens(start, end));
                    writer.EndDocument();
                    var amount = new TokenAmount(1, bytes, end - start);
                    components[source] = components.GetValueOrDefault(source) + amount;
                    total += amount;
                }
                progress?.Report(new WorkProgress($"tokenize {name}", total.Bytes, null, "bytes", $"{total.Tokens:N0} tokens"));
            }
            writer.Commit();
            packed.Add(new PackedReport(name, total, components));
        }

        var report = new TokensReport
        {
            TokenizerSha256 = ContentHash.OfFile(options.TokenizerPath, cancellationToken: cancellationToken),
            VocabularySize = tokenizer.VocabularySize,
            EndOfDocument = endOfDocument,
            ElementType = type == MegatronDType.UInt16 ? "uint16" : "int32",
            Sets = packed,
        };
        report.Save(outputFolder);
        return report;
    }

    private static int EndOfText(Tokenizer tokenizer, string path) => tokenizer.EndOfTextId
        ?? throw new InputException(
            path, "added_tokens", "it has no end-of-text token to end the documents with.",
            "Train the tokenizer with one, or pack without (append_eod: false).");
}
