using System.Text;
using System.Text.RegularExpressions;

namespace Castalia.Bench.Tokenizers;

/// <summary>
/// Byte-level BPE training as one writes it from the textbook: words counted with a regular expression and a dictionary, pairs and the words
/// they are in kept in dictionaries, the next pair taken from a queue. What ours is measured against.
/// </summary>
internal static partial class PlainBpeTrainer
{
    /// <summary>The merges of texts, each two tokens as their characters in the byte-level alphabet.</summary>
    public static List<(string Left, string Right)> Train(IEnumerable<string> texts, int vocabularySize)
    {
        Dictionary<string, long> counts = [];
        foreach (string text in texts)
        {
            foreach (Match word in Words().Matches(text))
                counts[word.Value] = counts.GetValueOrDefault(word.Value) + 1;
        }
        string[] alphabet = Alphabet();
        List<List<string>> words = [.. counts.Keys.Select(word => Encoding.UTF8.GetBytes(word).Select(value => alphabet[value]).ToList())];
        long[] times = [.. counts.Values];
        List<string> tokens = [.. words.SelectMany(word => word).Distinct().Order(StringComparer.Ordinal)];
        Dictionary<string, int> ids = tokens.Select((token, id) => (token, id)).ToDictionary();

        List<List<int>> symbols = [.. words.Select(word => word.ConvertAll(token => ids[token]))];
        Dictionary<(int, int), long> pairs = [];
        Dictionary<(int, int), HashSet<int>> places = [];
        PriorityQueue<(int Left, int Right), (long, int, int)> queue = new();
        for (int word = 0; word < symbols.Count; word++)
        {
            for (int i = 0; i + 1 < symbols[word].Count; i++)
                Change((symbols[word][i], symbols[word][i + 1]), times[word], word);
        }
        foreach (((int left, int right) pair, long count) in pairs)
            queue.Enqueue(pair, (-count, pair.left, pair.right));

        List<(string, string)> merges = [];
        while (tokens.Count < vocabularySize && queue.TryDequeue(out (int Left, int Right) best, out (long Count, int, int) rank))
        {
            long count = pairs[best];
            if (count != -rank.Count)
            {
                if (count > 0)
                    queue.Enqueue(best, (-count, best.Left, best.Right));
                continue;
            }
            merges.Add((tokens[best.Left], tokens[best.Right]));
            string joined = tokens[best.Left] + tokens[best.Right];
            if (ids.TryAdd(joined, tokens.Count))
                tokens.Add(joined);
            int id = ids[joined];
            HashSet<(int, int)> gained = [];
            foreach (int word in places[best])
            {
                List<int> before = symbols[word], after = [];
                for (int i = 0; i < before.Count; i++)
                {
                    bool merge = i + 1 < before.Count && before[i] == best.Left && before[i + 1] == best.Right;
                    after.Add(merge ? id : before[i]);
                    i += merge ? 1 : 0;
                }
                for (int i = 0; i + 1 < before.Count; i++)
                    Change((before[i], before[i + 1]), -times[word], word);
                for (int i = 0; i + 1 < after.Count; i++)
                {
                    Change((after[i], after[i + 1]), times[word], word);
                    if (after[i] == id || after[i + 1] == id)
                        gained.Add((after[i], after[i + 1]));
                }
                symbols[word] = after;
            }
            foreach ((int left, int right) in gained)
                queue.Enqueue((left, right), (-pairs[(left, right)], left, right));
        }
        return merges;

        void Change((int, int) pair, long change, int word)
        {
            pairs[pair] = pairs.GetValueOrDefault(pair) + change;
            if (change > 0 && !places.TryAdd(pair, [word]))
                places[pair].Add(word);
        }
    }

    private static string[] Alphabet()
    {
        int next = 0x100;
        return [.. Enumerable.Range(0, 256).Select(value => ((char)(value is (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174 ? value : next++)).ToString())];
    }

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    private static partial Regex Words();
}
