using Castalia.Text.Unicode;

namespace Castalia.Text.Regexes;

/// <summary>
/// The matches in a text, leftmost first, none overlapping another. An empty match where another match ended is left out, and an empty text has
/// none at all: so HF has it. It is not to be copied: the memory it holds is given back once.
/// </summary>
internal ref struct Matcher
{
    private readonly ReadOnlySpan<byte> _text;

    private Backtracker _backtracker;
    private int _from;
    private int _lastEnd = -1;

    internal Matcher(PatternProgram program, ReadOnlySpan<byte> text, bool remembersAlways)
    {
        _text = text;
        _backtracker = new Backtracker(program, text, remembersAlways);
    }

    /// <summary>Where the match begins.</summary>
    public int Start { get; private set; }

    /// <summary>Where the match ends.</summary>
    public int End { get; private set; }

    /// <summary>Goes to the next match. After the last one it gives false, and the memory back.</summary>
    public bool Next()
    {
        while (_text.Length > 0 && _from <= _text.Length && _backtracker.Search(_from, out int start, out int end))
        {
            if (start == end && end == _lastEnd)
            {
                if (_from == _text.Length)
                    break;
                CodePoint.At(_text, _from, out int length);
                _from += length;
                continue;
            }
            _from = _lastEnd = end;
            (Start, End) = (start, end);
            return true;
        }
        Dispose();
        return false;
    }

    /// <summary>Gives the memory back before the last match was seen.</summary>
    public void Dispose()
    {
        _from = _text.Length + 1;
        _backtracker.Dispose();
    }
}
