namespace Castalia.Text.PreTokenization;

/// <summary>
/// Walks the words of one text. Scanners in sequence each cut what the one before left whole; a text with no scanner is one word.
/// </summary>
internal ref struct WordCursor
{
    /// <summary>The most scanners in sequence.</summary>
    public const int MostScanners = 8;

    private readonly ReadOnlySpan<byte> _text;
    private readonly WordScanner[] _scanners;
    private Ends _ends;

    public WordCursor(ReadOnlySpan<byte> text, WordScanner[] scanners)
    {
        _text = text;
        _scanners = scanners;
        _ends = default;
    }

    /// <summary>Where the current word begins.</summary>
    public int Start { get; private set; }

    /// <summary>Where the current word ends.</summary>
    public int End { get; private set; }

    /// <summary>Goes to the next word; false at the end of the text.</summary>
    public bool Next()
    {
        Start = End;
        if (Start == _text.Length)
            return false;
        int limit = _text.Length;
        for (int i = 0; i < _scanners.Length; i++)
        {
            if (_ends[i] <= Start)
                _ends[i] = _scanners[i].NextEnd(_text[..limit], Start);
            limit = _ends[i];
        }
        End = limit;
        return true;
    }

    [System.Runtime.CompilerServices.InlineArray(MostScanners)]
    private struct Ends
    {
        private int _first;
    }
}
