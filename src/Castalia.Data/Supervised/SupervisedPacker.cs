using Castalia.Formats;

namespace Castalia.Data;

/// <summary>
/// Turns examples into rows of tokens with labels: <c>{set}.bin</c> and <c>.idx</c> hold the tokens and <c>{set}_label.bin</c> and <c>.idx</c> the same
/// tokens with −100 where nothing is learned: what GPT-NeoX reads as <c>train_data_paths</c> and <c>train_label_data_paths</c>. The files are
/// the same for any number of threads; only a few batches are in memory.
/// </summary>
public static class SupervisedPacker
{
    /// <summary>Prepares sets of examples and, last, writes <c>supervised.json</c>.</summary>
    /// <param name="options">How.</param>
    /// <param name="sets">Each set's name and the files, folders or globs that go into it.</param>
    /// <param name="outputFolder">Where to write; made if missing.</param>
    /// <param name="progress">Told the bytes read so far.</param>
    /// <param name="cancellationToken">Stops the work; no file is left half-written.</param>
    /// <exception cref="InputException">A file is missing or damaged, a line is no example, or nothing is left to learn.</exception>
    public static SupervisedReport Pack(
        SupervisedOptions options, IReadOnlyList<(string Name, IReadOnlyList<string> Inputs)> sets, string outputFolder,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SequenceLength, 1);
        options = options with
        {
            Tokenizer = options.Tokenizer.WithTruncation(null).WithPadding(null),
            EndOfText = options.EndOfText ?? options.Tokenizer.EndOfTextId,
        };
        if (options.AppendEndOfText && options.EndOfText is null)
            throw new InputException("append_end_of_text", null, "the tokenizer has no end-of-text token to end answers with.", "Say append_end_of_text: false.");
        var report = new SupervisedReport
        {
            TokenizerSha256 = ContentHash.OfBytes(options.Tokenizer.ToJson()),
            TemplateSha256 = options.Template is null ? null : ContentHash.OfText(options.Template.Source),
            VocabularySize = options.Tokenizer.VocabularySize,
            SequenceLength = options.SequenceLength,
            TrainOn = options.TrainOn,
            TooLong = options.TooLong,
            Packing = options.Packing,
            Sets = [.. sets.Select(set => Pack(options, set.Name, set.Inputs, outputFolder, progress, cancellationToken))],
        };
        report.Save(outputFolder);
        return report;
    }

    private static SupervisedSet Pack(
        SupervisedOptions options, string name, IReadOnlyList<string> inputs, string folder, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        string prefix = Path.Combine(folder, name);
        using MegatronDatasetWriter tokens = MegatronDatasetWriter.Create(prefix, MegatronDTypes.ForVocabulary(options.Tokenizer.VocabularySize));
        using MegatronDatasetWriter labels = MegatronDatasetWriter.Create(prefix + SupervisedDataset.LabelEnding, MegatronDType.Int32);
        var files = new LineFiles(inputs, TextFormat.Jsonl, null);
        long examples = 0, cut = 0, tooLong = 0, empty = 0, learned = 0;
        List<int> rowTokens = [], rowLabels = [];
        var work = new OrderedWork(options.Threads);
        foreach ((List<SupervisedRow> rows, long done) in work.Select(files.Read(cancellationToken), batch => Encode(batch, options), null, cancellationToken))
        {
            foreach (SupervisedRow row in rows)
            {
                examples++;
                if (row.Learned == 0)
                {
                    if (row.WasTooLong && options.TooLong == TooLong.Drop)
                        tooLong++;
                    else
                        empty++;
                    continue;
                }
                cut += row.WasTooLong ? 1 : 0;
                learned += row.Learned;
                if (options.Packing == RowPacking.None || rowTokens.Count + row.Tokens.Length > options.SequenceLength + 1)
                    Flush();
                rowTokens.AddRange(row.Tokens);
                rowLabels.AddRange(row.Labels);
            }
            progress?.Report(new WorkProgress($"prepare {name}", done, files.TotalBytes, "bytes", $"{examples:N0} examples"));
        }
        Flush();
        if (tokens.SequenceCount == 0)
        {
            throw new InputException(string.Join(", ", inputs), null, $"of {examples} examples none is left to learn from: {tooLong} too long, {empty} without an answer.",
                "Look at the examples, or raise the sequence length.");
        }
        tokens.Commit();
        labels.Commit();
        return new SupervisedSet(name, examples, tokens.SequenceCount, tokens.TokenCount, learned, cut, tooLong, empty);

        void Flush()
        {
            if (rowTokens.Count == 0)
                return;
            tokens.AddSequence(rowTokens.ToArray());
            tokens.EndDocument();
            labels.AddSequence(rowLabels.ToArray());
            labels.EndDocument();
            rowTokens.Clear();
            rowLabels.Clear();
        }
    }

    private static (List<SupervisedRow> Rows, long Done) Encode(LineBatch batch, SupervisedOptions options)
    {
        var rows = new List<SupervisedRow>();
        for (int i = 0; i < batch.Count; i++)
            rows.Add(SupervisedRow.Encode(SupervisedLine.Read(batch, i, options.Template, options.TrainOn), options));
        return (rows, batch.Done);
    }
}
