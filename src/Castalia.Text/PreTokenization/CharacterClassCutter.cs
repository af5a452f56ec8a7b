using Castalia.Text.Unicode;

namespace Castalia.Text.PreTokenization;

/// <summary>Cuts by delimiters of one character, which are those of some of the classes of <see cref="CharacterClasses"/>.</summary>
internal readonly struct CharacterClassCutter(byte classes, SplitBehavior behavior)
{
    /// <summary>Cuts one piece.</summary>
    /// <param name="piece">Valid UTF-8.</param>
    /// <param name="pieces">Takes the parts in order.</param>
    public void Cut(ReadOnlySpan<byte> piece, PieceSink pieces)
    {
        SegmentJoiner segments = new(behavior, invert: false, pieces);
        int between = 0;
        for (int at = 0; at < piece.Length;)
        {
            bool delimiter = (CharacterClasses.Of[CodePoint.At(piece, at, out int length)] & classes) != 0;
            if (delimiter)
            {
                if (at > between)
                    segments.Add(at, delimiter: false);
                segments.Add(between = at + length, delimiter: true);
            }
            at += length;
        }
        if (between < piece.Length)
            segments.Add(piece.Length, delimiter: false);
        segments.Finish();
    }
}
