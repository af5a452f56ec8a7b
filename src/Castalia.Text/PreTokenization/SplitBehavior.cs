using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.PreTokenization;

/// <summary>What becomes of the delimiters that a text is cut by (HF's SplitDelimiterBehavior), for "a-b--c" and a hyphen:</summary>
internal enum SplitBehavior
{
    /// <summary>a, b, c.</summary>
    Removed,

    /// <summary>a, -, b, -, -, c.</summary>
    Isolated,

    /// <summary>a-, b-, -, c.</summary>
    MergedWithPrevious,

    /// <summary>a, -b, -, -c.</summary>
    MergedWithNext,

    /// <summary>a, -, b, --, c.</summary>
    Contiguous,
}

/// <summary>Behaviors in files.</summary>
internal static class SplitBehaviorJson
{
    /// <summary>Reads the key "behavior".</summary>
    public static SplitBehavior Read(JsonPart part) =>
        part.Choice("behavior", [.. Enum.GetValues<SplitBehavior>().Select(behavior => (behavior.ToString(), behavior))]);

    /// <summary>Writes the key "behavior".</summary>
    public static void Write(Utf8JsonWriter json, SplitBehavior behavior) => json.WriteString("behavior", behavior.ToString());
}

/// <summary>
/// Puts pieces together from the delimiters of a text and what is between them. Both are called segments here; they follow each other without
/// gaps, and any may be empty.
/// </summary>
internal ref struct SegmentJoiner(SplitBehavior behavior, bool invert, PieceSink pieces)
{
    private readonly PieceSink _pieces = pieces;
    private int _start, _end;
    private bool _begun, _wasDelimiter;

    /// <summary>Takes the next segment.</summary>
    /// <param name="end">Where it ends; it begins where the last one ended.</param>
    /// <param name="delimiter">Whether it is a delimiter. Where the pattern is inverted, it then is what the delimiters are between.</param>
    public void Add(int end, bool delimiter)
    {
        delimiter ^= invert;
        bool joins = behavior switch
        {
            SplitBehavior.MergedWithPrevious => delimiter && !_wasDelimiter,
            SplitBehavior.MergedWithNext => !delimiter && _wasDelimiter,
            SplitBehavior.Contiguous => delimiter == _wasDelimiter,
            _ => false,
        };
        if (_begun && !joins)
            Close();
        (_end, _begun, _wasDelimiter) = (end, true, delimiter);
    }

    /// <summary>The text is at an end.</summary>
    public void Finish() => Close();

    private void Close()
    {
        if (behavior != SplitBehavior.Removed || !_wasDelimiter)
            _pieces.Add(_start, _end);
        _start = _end;
    }
}
