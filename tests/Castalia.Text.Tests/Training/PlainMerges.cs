namespace Castalia.Text.Tests.Training;

/// <summary>HF's merging written plainly, for small corpora: the words as lists of tokens, everything looked for from the start each time.</summary>
internal sealed class PlainMerges
{
    private readonly TrainerOptions _options;
    private readonly string _prefix, _suffix;
    private readonly List<(List<(string Token, int Length)> Symbols, long Times)> _words = [];

    /// <param name="words">Words of characters, each occurring so often.</param>
    /// <param name="options">How to merge.</param>
    public PlainMerges(IReadOnlyDictionary<string, long> words, TrainerOptions options)
    {
        (_options, _prefix, _suffix) = (options, options.ContinuingSubwordPrefix ?? "", options.EndOfWordSuffix ?? "");
        Tokens.AddRange(options.SpecialTokens);
        string[] byFrequency = [.. words.SelectMany(word => word.Key.EnumerateRunes().Select(rune => (Rune: rune, word.Value)))
            .Concat(options.InitialAlphabet.EnumerateRunes().Select(rune => (Rune: rune, Value: 1L << 60)))
            .GroupBy(pair => pair.Rune).OrderByDescending(group => group.Sum(pair => pair.Value)).ThenBy(group => group.Key).Select(group => group.Key.ToString())];
        foreach (string character in byFrequency.Take(options.LimitAlphabet ?? int.MaxValue).OrderBy(character => char.ConvertToUtf32(character, 0)))
            Add(character);
        HashSet<string>[] forms = [[], [], []];
        foreach ((string word, long times) in words)
        {
            string[] characters = [.. word.EnumerateRunes().Select(rune => rune.ToString())];
            List<(string, int)> symbols = [];
            for (int i = 0; i < characters.Length; i++)
            {
                if (!Tokens.Contains(characters[i]))
                    continue;
                (bool first, bool last) = (i == 0, i == characters.Length - 1);
                symbols.Add(((first ? "" : _prefix) + characters[i] + (last ? _suffix : ""), 1));
                if (!first || last)
                    forms[first ? 2 : last ? 1 : 0].Add(characters[i]);
            }
            _words.Add((symbols, times));
        }
        for (int form = 0; form < 3; form++)
        {
            foreach (string character in byFrequency.Where(forms[form].Contains))
                Add((form < 2 ? _prefix : "") + character + (form > 0 ? _suffix : ""));
        }
    }

    public List<string> Tokens { get; } = [];

    public List<(string Left, string Right)> Merges { get; } = [];

    /// <summary>Whether some merge made a token that there was already.</summary>
    public bool MadeOldToken { get; private set; }

    /// <summary>Merges with all pairs counted anew for each merge. HF does the same as long as no merge makes an old token.</summary>
    public PlainMerges CountingAnew()
    {
        while (Tokens.Count < _options.VocabularySize)
        {
            var best = _words
                .SelectMany(word => word.Symbols.Zip(word.Symbols.Skip(1)).Select(pair => (pair.First, pair.Second, word.Times)))
                .Where(pair => Allowed(pair.First.Length + pair.Second.Length))
                .GroupBy(pair => (Left: pair.First.Token, Right: pair.Second.Token))
                .Select(group => (group.Key, Count: group.Sum(pair => pair.Times)))
                .OrderByDescending(pair => pair.Count).ThenBy(pair => Tokens.IndexOf(pair.Key.Left)).ThenBy(pair => Tokens.IndexOf(pair.Key.Right))
                .FirstOrDefault();
            if (best.Count < Math.Max(1, _options.MinFrequency))
                break;
            string joined = Join(best.Key);
            foreach ((List<(string, int)> symbols, _) in _words)
                Merge(symbols, best.Key, joined, (_, _) => { });
        }
        return this;
    }

    /// <summary>Merges as HF does: entries with the words in which a pair came to be, which are taken out one by one.</summary>
    public PlainMerges WithQueue()
    {
        Dictionary<(string Left, string Right), long> counts = [];
        List<((string Left, string Right) Pair, long Count, HashSet<int> Words)> queue = [];
        Dictionary<(string, string), HashSet<int>> born = [];
        for (int i = 0; i < _words.Count; i++)
        {
            foreach (var pair in _words[i].Symbols.Zip(_words[i].Symbols.Skip(1)))
                Change((pair.First.Token, pair.Second.Token), 1, i);
        }
        Enqueue();
        while (Tokens.Count < _options.VocabularySize && queue.Count > 0)
        {
            var top = queue.OrderByDescending(entry => entry.Count).ThenBy(entry => Tokens.IndexOf(entry.Pair.Left)).ThenBy(entry => Tokens.IndexOf(entry.Pair.Right)).First();
            queue.Remove(top);
            if (top.Count != counts[top.Pair])
            {
                queue.Add(top with { Count = counts[top.Pair] });
                continue;
            }
            if (top.Count < Math.Max(1, _options.MinFrequency))
                break;
            string joined = Join(top.Pair);
            foreach (int word in top.Words)
                Merge(_words[word].Symbols, top.Pair, joined, (pair, change) => Change(pair, change, word));
            Enqueue();
        }
        return this;

        void Change((string, string) pair, int change, int word)
        {
            counts[pair] = counts.GetValueOrDefault(pair) + change * _words[word].Times;
            if (change > 0 && !born.TryAdd(pair, [word]))
                born[pair].Add(word);
        }

        void Enqueue()
        {
            queue.AddRange(born.Where(entry => counts[entry.Key] > 0).Select(entry => (entry.Key, counts[entry.Key], entry.Value)));
            born.Clear();
        }
    }

    private void Merge(List<(string Token, int Length)> symbols, (string Left, string Right) pair, string joined, Action<(string, string), int> change)
    {
        for (int i = 0; i + 1 < symbols.Count; i++)
        {
            if (symbols[i].Token != pair.Left || symbols[i + 1].Token != pair.Right)
                continue;
            int length = symbols[i].Length + symbols[i + 1].Length;
            if (i > 0)
                Change(symbols[i - 1], (symbols[i - 1].Token, pair.Left), (symbols[i - 1].Token, joined));
            if (i + 2 < symbols.Count)
                Change(symbols[i + 2], (pair.Right, symbols[i + 2].Token), (joined, symbols[i + 2].Token));
            symbols[i] = (joined, length);
            symbols.RemoveAt(i + 1);

            void Change((string Token, int Length) neighbour, (string, string) lost, (string, string) gained)
            {
                change(lost, -1);
                if (neighbour.Length + length < (_options.MaxTokenLength ?? int.MaxValue))
                    change(gained, 1);
            }
        }
    }

    private bool Allowed(int length) => length == 2 || length < (_options.MaxTokenLength ?? int.MaxValue);

    private string Join((string Left, string Right) pair)
    {
        Merges.Add(pair);
        string right = _prefix.Length > 0 && pair.Right.StartsWith(_prefix, StringComparison.Ordinal) ? pair.Right[_prefix.Length..] : pair.Right;
        MadeOldToken |= Tokens.Contains(pair.Left + right);
        Add(pair.Left + right);
        return pair.Left + right;
    }

    private void Add(string token)
    {
        if (!Tokens.Contains(token))
            Tokens.Add(token);
    }
}
