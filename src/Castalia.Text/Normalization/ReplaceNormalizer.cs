using System.Text;
using System.Text.Json;
using Castalia.Text.Regexes;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Normalization;

/// <summary>HF's Replace: puts something, the same each time, in the place of all that a string or a regular expression matches.</summary>
internal sealed class ReplaceNormalizer : Normalizer
{
    private readonly string _kind, _pattern, _content;
    private readonly byte[] _text, _replacement;

    // Null for a string, which is looked for as it is; but an empty one is found wherever an empty expression is.
    private readonly TextPattern? _expression;

    private ReplaceNormalizer(string kind, string pattern, TextPattern? expression, string content)
    {
        (_kind, _pattern, _expression, _content) = (kind, pattern, expression, content);
        (_text, _replacement) = (Encoding.UTF8.GetBytes(pattern), Encoding.UTF8.GetBytes(content));
    }

    /// <summary>Reads the part.</summary>
    public static ReplaceNormalizer Read(JsonPart part)
    {
        JsonPart pattern = part.Get("pattern");
        string content = part.Get("content").Text();
        return (pattern.Find("String"), pattern.Find("Regex")) switch
        {
            (JsonPart text, null) => new("String", text.Text(), text.Text().Length == 0 ? TextPattern.Parse("") : null, content),
            (null, JsonPart expression) => new("Regex", expression.Text(), Parse(expression), content),
            _ => throw pattern.Fail("expected one key, String or Regex."),
        };
    }

    public override bool LeavesAsIs(ReadOnlySpan<byte> text)
    {
        if (_expression is null)
            return text.IndexOf(_text) < 0;
        using Matcher matches = _expression.Over(text);
        return !matches.Next();
    }

    public override void Normalize(NormalizedText text)
    {
        text.BeginRewrite();
        ReadOnlySpan<byte> bytes = text.Bytes;
        if (_expression is null)
        {
            while (bytes[text.Position..].IndexOf(_text) is int found && found >= 0)
                Substitute(text, found, _text.Length);
        }
        else
        {
            using Matcher matches = _expression.Over(bytes);
            while (matches.Next())
                Substitute(text, matches.Start - text.Position, matches.End - matches.Start);
        }
        text.EndRewrite();
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Replace");
        json.WriteStartObject("pattern");
        json.WriteString(_kind, _pattern);
        json.WriteEndObject();
        json.WriteString("content", _content);
        json.WriteEndObject();
    }

    private void Substitute(NormalizedText text, int before, int length)
    {
        text.Keep(before);
        text.Substitute(length, _replacement);
    }

    private static TextPattern Parse(JsonPart expression)
    {
        try
        {
            return TextPattern.Parse(expression.Text());
        }
        catch (PatternException error)
        {
            throw expression.Fail($"the pattern {expression.Text()} cannot be used, {error.Message}.");
        }
    }
}
