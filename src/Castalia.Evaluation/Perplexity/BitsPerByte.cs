using System.Text;
using Castalia.Data;

namespace Castalia.Evaluation;

/// <summary>How much of each component is scored.</summary>
public sealed record BitsPerByteOptions
{
    /// <summary>Most UTF-8 bytes of a component; the document that passes it is cut there. Null for all.</summary>
    public long? BytesPerComponent { get; init; }

    /// <summary>Most documents of a component. Null for all.</summary>
    public int? DocumentsPerComponent { get; init; }
}

/// <summary>The compression that a model reaches on some texts.</summary>
/// <param name="BitsPerByte">Bits that each UTF-8 byte of the text costs; less is better.</param>
/// <param name="Bytes">UTF-8 bytes scored.</param>
/// <param name="Tokens">Tokens scored.</param>
/// <param name="Documents">Documents scored.</param>
/// <param name="Loglikelihood">Sum of the log-probabilities of all tokens, in nats.</param>
public sealed record ComponentScore(double BitsPerByte, long Bytes, long Tokens, long Documents, double Loglikelihood);

/// <summary>
/// Bits per byte for each component of a corpus, as the Pile's paper measures it (Gao et al. 2020, section 3): the log-likelihood of every document
/// from the prefix token on, in disjoint windows of the model's context, over the document's bytes. Comparable across tokenizers.
/// </summary>
/// <param name="Model">The model's name.</param>
/// <param name="Step">The checkpoint's step; null where there is none.</param>
/// <param name="Components">One score a component, by name in order of the alphabet.</param>
/// <param name="Total">All components together.</param>
public sealed record BitsPerByte(string Model, long? Step, IReadOnlyDictionary<string, ComponentScore> Components, ComponentScore Total)
{
    /// <summary>Scores documents; a component is a document's source.</summary>
    /// <param name="model">The model.</param>
    /// <param name="documents">The documents, read once and in order.</param>
    /// <param name="options">How many of each component; all if null.</param>
    /// <param name="step">The checkpoint's step.</param>
    /// <param name="progress">Told how many documents are scored.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="InputException">There is no document with any text.</exception>
    public static BitsPerByte Evaluate(
        TransformerLanguageModel model, IEnumerable<Document> documents, BitsPerByteOptions? options = null, long? step = null,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(documents);
        var tallies = new SortedDictionary<string, Tally>(StringComparer.Ordinal);
        var chosen = new Queue<(Tally tally, int bytes)>();
        long done = 0;
        IEnumerable<string> texts = Choose(documents, options ?? new BitsPerByteOptions(), tallies, chosen);
        foreach (TransformerLanguageModel.RollingText text in model.Rolling(texts, cancellationToken))
        {
            (Tally tally, int bytes) = chosen.Dequeue();
            tally.Loglikelihood += text.Loglikelihood;
            tally.Tokens += text.Tokens;
            tally.Bytes += bytes;
            tally.Documents++;
            done++;
            progress?.Report(new WorkProgress($"bits per byte of {model.Name}", done, null, "documents"));
        }
        if (done == 0)
            throw new InputException("documents", null, "there is no document with any text to score.",
                "Give documents, and limits above zero.");
        var components = new OrderedDictionary<string, ComponentScore>(StringComparer.Ordinal);
        var total = new Tally();
        foreach ((string name, Tally tally) in tallies)
        {
            components[name] = tally.Score;
            total.Add(tally);
        }
        return new BitsPerByte(model.Name, step, components, total.Score);
    }

    /// <summary>Writes the scores as <c>bits_per_byte.json</c> is read by the report.</summary>
    public void Write(string path) => CanonicalJson.WriteFile(path, this);

    /// <summary>The texts to score, cut where a component has had its share; notes which tally each one goes to.</summary>
    private static IEnumerable<string> Choose(
        IEnumerable<Document> documents, BitsPerByteOptions options, SortedDictionary<string, Tally> tallies, Queue<(Tally, int)> chosen)
    {
        foreach (Document document in documents)
        {
            if (!tallies.TryGetValue(document.Source, out Tally? tally))
                tally = new Tally();
            long left = (options.BytesPerComponent ?? long.MaxValue) - tally.TakenBytes;
            if (left <= 0 || tally.TakenDocuments >= (options.DocumentsPerComponent ?? int.MaxValue))
                continue;
            string text = Cut(document.Text, left, out int bytes);
            if (text.Length == 0)
                continue;
            tallies[document.Source] = tally;
            tally.TakenBytes += bytes;
            tally.TakenDocuments++;
            chosen.Enqueue((tally, bytes));
            yield return text;
        }
    }

    private static string Cut(string text, long most, out int bytes)
    {
        bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes <= most)
            return text;
        int kept = 0, used = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (used + rune.Utf8SequenceLength > most)
                break;
            used += rune.Utf8SequenceLength;
            kept += rune.Utf16SequenceLength;
        }
        bytes = used;
        return text[..kept];
    }

    private sealed class Tally
    {
        public long TakenBytes;
        public int TakenDocuments;
        public double Loglikelihood;
        public long Bytes;
        public long Tokens;
        public long Documents;

        public ComponentScore Score => new(-Loglikelihood / Math.Log(2) / Bytes, Bytes, Tokens, Documents, Loglikelihood);

        public void Add(Tally other)
        {
            Loglikelihood += other.Loglikelihood;
            Bytes += other.Bytes;
            Tokens += other.Tokens;
            Documents += other.Documents;
        }
    }
}
