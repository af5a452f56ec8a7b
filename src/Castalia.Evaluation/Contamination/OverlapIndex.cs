using System.Text;

namespace Castalia.Evaluation;

/// <summary>
/// The n-grams of some texts, looked for in other texts. Words are compared as Brown et al. (2020, appendix C) do: lower case, without punctuation,
/// cut at white space. A hash finds the place and the words decide, so nothing is found that is not there.
/// </summary>
internal sealed class OverlapIndex
{
    private const ulong Base = 0x9E3779B97F4A7C15;

    private readonly int _length;
    private readonly ulong _leaving; // Base^(n-1)
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<string> _words = []; // by id, which counts from 1
    private readonly List<int[]> _texts = [];
    private readonly Dictionary<ulong, List<(int Text, int At)>> _places = [];

    public OverlapIndex(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        _length = length;
        _leaving = 1;
        for (int i = 1; i < length; i++)
            _leaving *= Base;
    }

    /// <summary>Adds a text and gives how many n-grams it has; 0 if it is shorter than one.</summary>
    public int Add(string text)
    {
        var words = new List<int>();
        ForEachWord(text, word =>
        {
            string own = word.ToString();
            if (!_ids.TryGetValue(own, out int id))
            {
                _words.Add(own);
                _ids[own] = id = _words.Count;
            }
            words.Add(id);
        });
        int[] ids = [.. words];
        _texts.Add(ids);
        ulong hash = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            hash = Rolled(hash, i >= _length ? ids[i - _length] : 0, ids[i]);
            if (i + 1 < _length)
                continue;
            if (!_places.TryGetValue(hash, out List<(int, int)>? places))
                _places[hash] = places = [];
            places.Add((_texts.Count - 1, i + 1 - _length));
        }
        return Math.Max(0, ids.Length - _length + 1);
    }

    /// <summary>Tells every n-gram of the added texts that a text has: which text, and at which of its n-grams.</summary>
    public void Find(string text, Action<int, int> found)
    {
        var window = new int[_length];
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> known = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        ulong hash = 0;
        int run = 0; // words in a row that the added texts have as well
        ForEachWord(text, word =>
        {
            if (!known.TryGetValue(word, out int id))
            {
                (run, hash) = (0, 0);
                return;
            }
            int slot = run % _length;
            hash = Rolled(hash, run >= _length ? window[slot] : 0, id);
            window[slot] = id;
            if (++run < _length || !_places.TryGetValue(hash, out List<(int Text, int At)>? places))
                return;
            foreach ((int owner, int at) in places)
            {
                if (IsWindow(_texts[owner].AsSpan(at, _length), window, run % _length))
                    found(owner, at);
            }
        });
    }

    /// <summary>The words of one n-gram of an added text.</summary>
    public string Words(int text, int at)
    {
        return string.Join(' ', _texts[text].Skip(at).Take(_length).Select(id => _words[id - 1]));
    }

    private ulong Rolled(ulong hash, int leaving, int entering) => (hash - (ulong)leaving * _leaving) * Base + (ulong)entering;

    private static bool IsWindow(ReadOnlySpan<int> words, int[] window, int start)
    {
        for (int i = 0; i < words.Length; i++)
        {
            if (words[i] != window[(start + i) % window.Length])
                return false;
        }
        return true;
    }

    private static void ForEachWord(string text, WordAction action)
    {
        var word = new StringBuilder();
        char[] buffer = new char[64];
        foreach (char c in text)
        {
            if (char.IsWhiteSpace(c))
                Flush();
            else if (char.IsLetterOrDigit(c) || char.IsSurrogate(c) || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.NonSpacingMark)
                word.Append(char.ToLowerInvariant(c));
        }
        Flush();

        void Flush()
        {
            if (word.Length == 0)
                return;
            if (word.Length > buffer.Length)
                buffer = new char[word.Length];
            word.CopyTo(0, buffer, 0, word.Length);
            action(buffer.AsSpan(0, word.Length));
            word.Clear();
        }
    }

    private delegate void WordAction(ReadOnlySpan<char> word);
}
