using System.Text.Json;
using Castalia.Text.Regexes;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.PreTokenization;

/// <summary>HF's Split: cuts by what a string or an expression matches or, inverted, by what is between the matches.</summary>
internal sealed class SplitPreTokenizer : PieceCutter
{
    private readonly SearchPattern _pattern;
    private readonly SplitBehavior _behavior;
    private readonly bool _invert;
    private readonly KnownPattern? _known;

    private SplitPreTokenizer(SearchPattern pattern, SplitBehavior behavior, bool invert)
    {
        (_pattern, _behavior, _invert) = (pattern, behavior, invert);
        _known = pattern.IsRegex ? KnownPattern.Find(pattern.Text) : null;
        // Where nothing is ever between matches, all that keeps them apart comes to the same.
        bool keepsMatchesApart = behavior != SplitBehavior.Contiguous && (behavior != SplitBehavior.Removed || invert);
        Scanner = keepsMatchesApart ? _known?.Scanner : null;
    }

    public override WordScanner? Scanner { get; }

    public override bool CutsBeforeSpaceAfterLetter => _pattern is { IsRegex: false, Text: " " }
        ? _behavior switch
        {
            SplitBehavior.MergedWithPrevious => _invert,
            SplitBehavior.MergedWithNext => !_invert,
            _ => true,
        }
        : _known is { EndsBeforeSpaceAfterLetter: true } && _behavior != SplitBehavior.Contiguous;

    public override bool IsLocal => _known is not null || (!_pattern.IsRegex && !HoldsSpaceAfterLetter(_pattern.Text));

    /// <summary>Reads the part.</summary>
    public static SplitPreTokenizer Read(JsonPart part) =>
        new(SearchPattern.Read(part), SplitBehaviorJson.Read(part), part.Flag("invert", false));

    /// <summary>A part that cuts a text into the matches of an expression and what is between them.</summary>
    public static SplitPreTokenizer Isolating(string expression) => new(SearchPattern.Regex(expression), SplitBehavior.Isolated, invert: false);

    public override void Cut(ReadOnlySpan<byte> piece, PieceSink pieces)
    {
        if (Scanner is not null)
        {
            Scanner.Cut(piece, pieces);
            return;
        }
        SegmentJoiner segments = new(_behavior, _invert, pieces);
        int between = 0;
        using SearchPattern.Matches matches = _pattern.Over(piece);
        while (matches.Next())
        {
            if (matches.Start > between)
                segments.Add(matches.Start, delimiter: false);
            segments.Add(between = matches.End, delimiter: true);
        }
        if (between < piece.Length)
            segments.Add(piece.Length, delimiter: false);
        segments.Finish();
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Split");
        _pattern.Write(json);
        SplitBehaviorJson.Write(json, _behavior);
        json.WriteBoolean("invert", _invert);
        json.WriteEndObject();
    }

    private static bool HoldsSpaceAfterLetter(string text)
    {
        for (int at = text.IndexOf(' ', StringComparison.Ordinal); at >= 0; at = text.IndexOf(' ', at + 1))
        {
            // Half of a surrogate pair, too, may be of a letter.
            if (at > 0 && (char.IsLetter(text[at - 1]) || char.IsSurrogate(text[at - 1])))
                return true;
        }
        return false;
    }
}
