using System.Text;
using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Regexes;

/// <summary>What Split and Replace look for: a string as it is, <c>{"String": "..."}</c>, or a regular expression, <c>{"Regex": "..."}</c>.</summary>
internal sealed class SearchPattern
{
    private readonly byte[] _string;

    // Null for a string; but an empty one is found wherever an empty expression is.
    private readonly TextPattern? _expression;

    private SearchPattern(string text, bool isRegex, TextPattern? expression) =>
        (Text, IsRegex, _expression, _string) = (text, isRegex, expression, Encoding.UTF8.GetBytes(text));

    /// <summary>The string or the expression.</summary>
    public string Text { get; }

    /// <summary>Whether <see cref="Text"/> is an expression.</summary>
    public bool IsRegex { get; }

    /// <summary>An expression.</summary>
    /// <exception cref="PatternException">It is none, or asks for what is not supported.</exception>
    public static SearchPattern Regex(string expression) => new(expression, true, TextPattern.Parse(expression));

    /// <summary>Reads the key "pattern" of a part.</summary>
    public static SearchPattern Read(JsonPart part)
    {
        JsonPart pattern = part.Get("pattern");
        return (pattern.Find("String"), pattern.Find("Regex")) switch
        {
            (JsonPart text, null) => new(text.Text(), false, text.Text().Length == 0 ? TextPattern.Parse("") : null),
            (null, JsonPart expression) => Parse(expression),
            _ => throw pattern.Fail("expected one key, String or Regex."),
        };
    }

    /// <summary>Walks over the matches in a text.</summary>
    /// <param name="text">Valid UTF-8.</param>
    public Matches Over(ReadOnlySpan<byte> text) => new(_string, _expression, text);

    /// <summary>Writes the key "pattern" of a part.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("pattern");
        json.WriteString(IsRegex ? "Regex" : "String", Text);
        json.WriteEndObject();
    }

    private static SearchPattern Parse(JsonPart expression)
    {
        try
        {
            return Regex(expression.Text());
        }
        catch (PatternException error)
        {
            throw expression.Fail($"the pattern {expression.Text()} cannot be used, {error.Message}.");
        }
    }

    /// <summary>The matches in a text, leftmost first, none overlapping another.</summary>
    public ref struct Matches
    {
        private readonly ReadOnlySpan<byte> _text, _string;
        private readonly bool _isString;
        private Matcher _matcher;

        internal Matches(ReadOnlySpan<byte> text, TextPattern? expression, ReadOnlySpan<byte> inside)
        {
            _string = text;
            _text = inside;
            _isString = expression is null;
            if (expression is not null)
                _matcher = expression.Over(inside);
        }

        /// <summary>Where the match begins.</summary>
        public int Start { get; private set; }

        /// <summary>Where the match ends.</summary>
        public int End { get; private set; }

        /// <summary>Goes to the next match.</summary>
        public bool Next()
        {
            if (!_isString)
            {
                if (!_matcher.Next())
                    return false;
                (Start, End) = (_matcher.Start, _matcher.End);
                return true;
            }
            int found = _text[End..].IndexOf(_string);
            if (found < 0)
                return false;
            (Start, End) = (End + found, End + found + _string.Length);
            return true;
        }

        /// <summary>Gives the memory back before the last match was seen.</summary>
        public void Dispose()
        {
            if (!_isString)
                _matcher.Dispose();
        }
    }
}
