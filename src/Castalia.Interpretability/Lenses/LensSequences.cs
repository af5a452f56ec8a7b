using Castalia.Data;
using Castalia.Text;

namespace Castalia.Interpretability;

/// <summary>Documents as sequences of equal length: joined with the end-of-text token between them and cut, the unfilled rest dropped.</summary>
public static class LensSequences
{
    /// <summary>Reads as many sequences as hold the wanted tokens, at least one.</summary>
    /// <param name="documents">The documents, taken from the first on.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="length">Tokens a sequence.</param>
    /// <param name="tokens">Tokens wanted in all.</param>
    /// <param name="source">What to name if there is too little text.</param>
    /// <exception cref="InputException">The documents do not fill one sequence.</exception>
    public static IReadOnlyList<int[]> Read(IEnumerable<Document> documents, Tokenizer tokenizer, int length, long tokens, string source)
    {
        long wanted = Math.Max(1, tokens / length);
        var sequences = new List<int[]>();
        var pending = new List<int>();
        foreach (Document document in documents)
        {
            pending.AddRange(tokenizer.Encode(document.Text));
            if (tokenizer.EndOfTextId is { } end)
                pending.Add(end);
            int used = 0;
            for (; pending.Count - used >= length && sequences.Count < wanted; used += length)
                sequences.Add([.. pending.Skip(used).Take(length)]);
            pending.RemoveRange(0, used);
            if (sequences.Count == wanted)
                return sequences;
        }
        return sequences.Count > 0 ? sequences
            : throw new InputException(source, null, $"expected text for at least one sequence of {length} tokens, found {pending.Count} tokens.", "Give more text, or a shorter sequence.");
    }
}
