namespace Castalia.Models;

/// <summary>
/// Ends a text before the first stop string, and never shows a part of one: text that comes in pieces is held back as long as it may be the
/// beginning of a stop string. What comes out does not depend on how the text was cut into pieces. For one thread at a time.
/// </summary>
/// <param name="stops">The stop strings, none of them empty.</param>
public sealed class StopStrings(IReadOnlyList<string> stops)
{
    private string _held = "";

    /// <summary>The stop string that was met; null as long as there is none. Of several that end at one place it is the longest.</summary>
    public string? Found { get; private set; }

    /// <summary>Takes the next piece; returns the text that can be shown with it. After a stop string nothing is taken any more.</summary>
    public string Append(string piece)
    {
        if (Found is not null)
            return "";
        if (stops.Count == 0)
            return piece;
        string text = _held + piece;
        for (int end = _held.Length + 1; end <= text.Length; end++)
        {
            ReadOnlySpan<char> before = text.AsSpan(0, end);
            foreach (string stop in stops)
            {
                if (stop.Length > (Found?.Length ?? 0) && before.EndsWith(stop, StringComparison.Ordinal))
                    Found = stop;
            }
            if (Found is null)
                continue;
            _held = "";
            return text[..(end - Found.Length)];
        }
        int shown = text.Length - Beginning(text);
        _held = text[shown..];
        return text[..shown];
    }

    /// <summary>Ends the text; returns what was held back, which turned out to be no stop string.</summary>
    public string Finish()
    {
        string rest = _held;
        _held = "";
        return rest;
    }

    /// <summary>The length of the longest end of a text that a stop string begins with.</summary>
    private int Beginning(string text)
    {
        int longest = 0;
        foreach (string stop in stops)
        {
            for (int length = Math.Min(stop.Length - 1, text.Length); length > longest; length--)
            {
                if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                    longest = length;
            }
        }
        return longest;
    }
}
