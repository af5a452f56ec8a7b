using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Castalia.Data;

/// <summary>
/// Builds a corpus the way the Pile was built (Gao et al., 2020): documents of many components, exact duplicates removed, split into train, validation
/// and test, each component repeated by its epochs, all shuffled together. Nothing is drawn from a generator's state: every choice about a
/// document is a hash of its text, so adding a component moves no document of another.
/// </summary>
public static class Corpus
{
    // A line of JSON for each byte of a compressed file, on average and generously; only the number of buckets hangs on it.
    private const long AssumedCompression = 5;
    private const int ReportEvery = 1000;

    /// <summary>
    /// Reads the inputs once and writes <c>train.jsonl.zst</c>, <c>validation.jsonl.zst</c>, <c>test.jsonl.zst</c> and, last, <c>corpus.json</c>. Memory holds
    /// 16 bytes a document and one bucket of the shuffle.
    /// </summary>
    /// <param name="options">What to build.</param>
    /// <param name="outputFolder">Where; made if missing, the files named above replaced.</param>
    /// <param name="progress">Told the bytes of the inputs that have been read, then the documents that have been written.</param>
    /// <param name="cancellationToken">Stops the building; no file is left half-written.</param>
    /// <returns>What the corpus holds.</returns>
    /// <exception cref="InputException">The inputs are missing or damaged, a component of the mixture does not exist, or nothing is left to train on.</exception>
    public static CorpusReport Build(
        CorpusOptions options, string outputFolder, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        IReadOnlyList<string> files = DocumentReader.Expand(options.Inputs);
        long expected = ExpectedBytes(files, options);
        Directory.CreateDirectory(outputFolder);

        string scratch = Path.Combine(outputFolder, $".shuffle.{RandomNumberGenerator.GetHexString(16, lowercase: true)}.partial");
        try
        {
            using var splits = new SplitShuffles(scratch, expected, options);
            SortedDictionary<string, ComponentTally> tallies = Read(files, options, splits, progress, cancellationToken);
            CheckMixture(options, tallies.Keys);
            CorpusReport report = Report(options, tallies);
            if (report.Total.Effective.Documents == 0)
            {
                throw new InputException(
                    options.Inputs[0], null, $"no document is left for training of the {report.Total.Read.Documents} read.",
                    "Check the epochs and the shares of validation and test.");
            }
            splits.Write(outputFolder, report.Total, progress, cancellationToken);
            report.Save(outputFolder);
            return report;
        }
        finally
        {
            if (Directory.Exists(scratch))
                Directory.Delete(scratch, recursive: true);
        }
    }

    private static SortedDictionary<string, ComponentTally> Read(
        IReadOnlyList<string> files, CorpusOptions options, SplitShuffles splits, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var tallies = new SortedDictionary<string, ComponentTally>(StringComparer.Ordinal);
        var seen = new HashSet<UInt128>();
        var line = new ArrayBufferWriter<byte>(1 << 16);
        byte[] utf8 = [];
        foreach (Document document in ReadAll(files, progress, cancellationToken))
        {
            if (!tallies.TryGetValue(document.Source, out ComponentTally? tally))
                tallies.Add(document.Source, tally = new ComponentTally());
            if (document.Text.Length == 0)
            {
                tally.Empty();
                continue;
            }
            int bytes = Encoding.UTF8.GetByteCount(document.Text);
            if (utf8.Length < bytes)
                utf8 = new byte[Math.Min(Array.MaxLength, bytes + (bytes / 2))];
            Encoding.UTF8.GetBytes(document.Text, utf8);
            DocumentDraw draw = DocumentDraw.Of(utf8.AsSpan(0, bytes), options);
            if (!seen.Add(draw.Identity))
            {
                tally.Duplicate(bytes);
                continue;
            }
            CorpusSplit split = draw.SplitFor(options);
            int copies = split == CorpusSplit.Train ? draw.Copies(options.EpochsOf(document.Source)) : 1;
            tally.Kept(split, bytes, split == CorpusSplit.Train ? copies : 0);
            line.ResetWrittenCount();
            DocumentLine.Write(document, line);
            for (int copy = 0; copy < copies; copy++)
                splits.Add(split, draw.PlaceOf(copy), line.WrittenSpan);
        }
        return tallies;
    }

    // Done is in bytes of the files that have been read to their end.
    private static IEnumerable<Document> ReadAll(IReadOnlyList<string> files, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        long total = files.Sum(file => new FileInfo(file).Length);
        long done = 0;
        long documents = 0;
        foreach (string file in files)
        {
            foreach (Document document in DocumentReader.ReadFile(file, cancellationToken))
            {
                if (documents++ % ReportEvery == 0)
                    progress?.Report(new WorkProgress("read documents", done, total, "bytes", $"{documents - 1:N0} documents, {DocumentReader.NameOf(file)}"));
                yield return document;
            }
            done += new FileInfo(file).Length;
        }
        progress?.Report(new WorkProgress("read documents", total, total, "bytes", $"{documents:N0} documents"));
    }

    private static CorpusReport Report(CorpusOptions options, SortedDictionary<string, ComponentTally> tallies)
    {
        var total = new ComponentTally();
        foreach (ComponentTally tally in tallies.Values)
            total.Add(tally);
        return new CorpusReport
        {
            SplitSalt = options.SplitSalt,
            Seed = options.Seed,
            ValidationShare = options.ValidationShare,
            TestShare = options.TestShare,
            DefaultEpochs = options.DefaultEpochs,
            Components = [.. tallies.Select(entry => entry.Value.Report(entry.Key, options.EpochsOf(entry.Key), total.EffectiveBytes))],
            Total = total.Report("total", null, total.EffectiveBytes),
        };
    }

    private static void CheckMixture(CorpusOptions options, IReadOnlyCollection<string> components)
    {
        foreach (string name in options.Epochs.Keys.Order(StringComparer.Ordinal))
        {
            if (components.Contains(name))
                continue;
            string? meant = NameSuggestion.Nearest(name, components);
            throw new InputException(
                "epochs", name, "the inputs have no component of this name.",
                meant is null ? $"They have {string.Join(", ", components)}." : $"Did you mean {meant}? The inputs have {string.Join(", ", components)}.");
        }
    }

    private static long ExpectedBytes(IReadOnlyList<string> files, CorpusOptions options)
    {
        double epochs = Math.Max(1, options.Epochs.Values.Append(options.DefaultEpochs).Max());
        double bytes = 0;
        foreach (string file in files)
        {
            long length = new FileInfo(file).Length;
            bytes += file.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) ? length : length * AssumedCompression;
        }
        return (long)Math.Min(bytes * epochs, long.MaxValue / 2);
    }
}
