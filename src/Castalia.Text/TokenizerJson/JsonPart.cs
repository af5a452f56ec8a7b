using System.Text;
using System.Text.Json;

namespace Castalia.Text.TokenizerJson;

/// <summary>A value in a tokenizer's file together with where it stands, so that every complaint can say so.</summary>
/// <param name="Value">The value.</param>
/// <param name="File">The file.</param>
/// <param name="Path">The value's JSON path: <c>$.model.vocab</c>.</param>
internal readonly record struct JsonPart(JsonElement Value, string File, string Path)
{
    private const string OneRemedy = "The file is damaged or was not written by HF tokenizers: get it anew from the model's page.";

    /// <summary>The value under a key of this object; null where the key is missing or its value is null.</summary>
    public JsonPart? Find(string key)
    {
        return Has(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? new JsonPart(value, File, $"{Path}.{key}") : null;
    }

    /// <summary>Whether this object has a key, be its value null.</summary>
    public bool Has(string key, out JsonElement value)
    {
        Expect(JsonValueKind.Object);
        try
        {
            return Value.TryGetProperty(key, out value);
        }
        catch (InvalidOperationException)
        {
            throw Fail("one of its keys is not valid Unicode.");
        }
    }

    /// <summary>The value under a key that has to be there.</summary>
    public JsonPart Get(string key) => Find(key) ?? throw Fail($"the key \"{key}\" is missing.");

    /// <summary>The items of this array.</summary>
    public IEnumerable<JsonPart> Items()
    {
        Expect(JsonValueKind.Array);
        return Number(this);

        static IEnumerable<JsonPart> Number(JsonPart array)
        {
            int index = 0;
            foreach (JsonElement item in array.Value.EnumerateArray())
                yield return new JsonPart(item, array.File, $"{array.Path}[{index++}]");
        }
    }

    /// <summary>The values of this object, whatever their keys.</summary>
    public IEnumerable<JsonPart> Values()
    {
        Expect(JsonValueKind.Object);
        JsonPart self = this;
        return Value.EnumerateObject().Select(property => new JsonPart(property.Value, self.File, $"{self.Path}[\"{self.NameOf(property)}\"]"));
    }

    /// <summary>The key of a property of this object.</summary>
    public string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw Fail($"the key before {new JsonPart(property.Value, File, Path).Shown()} is not valid Unicode.");
        }
    }

    /// <summary>One of a set of words, the value of a key.</summary>
    public T Choice<T>(string key, params (string Word, T Value)[] choices)
    {
        JsonPart part = Get(key);
        string word = part.Text();
        foreach ((string known, T value) in choices)
        {
            if (known == word)
                return value;
        }
        throw part.Fail($"expected one of {string.Join(", ", choices.Select(choice => choice.Word))}, found \"{word}\".");
    }

    /// <summary>This value as a string.</summary>
    public string Text()
    {
        Expect(JsonValueKind.String);
        return Text(Value);
    }

    /// <summary>A string somewhere in this value.</summary>
    public string Text(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Fail("expected a string of valid Unicode.");
        }
    }

    /// <summary>This value as one character, that is, one code point.</summary>
    public Rune Character()
    {
        string text = Text();
        return Rune.TryGetRuneAt(text.Length == 0 ? "\ud800" : text, 0, out Rune rune) && rune.Utf16SequenceLength == text.Length
            ? rune
            : throw Fail($"expected one character, found {Shown()}.");
    }

    /// <summary>This value as a number of things.</summary>
    public ulong Count(ulong least = 0) => Value.ValueKind == JsonValueKind.Number && Value.TryGetUInt64(out ulong count) && count >= least
        ? count
        : throw Fail($"expected a whole number from {least}, found {Shown()}.");

    /// <summary>This value as a token id.</summary>
    public int Id() => Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out int id) && id >= 0
        ? id
        : throw Fail($"expected a token id (a whole number from 0 to {int.MaxValue}), found {Shown()}.");

    /// <summary>The truth value under a key.</summary>
    public bool Flag(string key, bool missing)
    {
        if (Find(key) is not JsonPart part)
            return missing;
        return part.Value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw part.Fail($"expected true or false, found {part.Shown()}."),
        };
    }

    /// <summary>The truth value under a key that has to be there.</summary>
    public bool Flag(string key)
    {
        Get(key);
        return Flag(key, false);
    }

    /// <summary>The part's type, which tokenizer files write under the key "type".</summary>
    public string Type() => Get("type").Text();

    /// <summary>Complains unless this value is of a kind.</summary>
    public void Expect(JsonValueKind kind)
    {
        if (Value.ValueKind != kind)
            throw Fail($"expected {(kind is JsonValueKind.Object or JsonValueKind.Array ? "an " : "a ")}{kind.ToString().ToLowerInvariant()}, found {Shown()}.");
    }

    /// <summary>A complaint about a file that is not what it has to be.</summary>
    public InputException Fail(string problem) => new(File, Path, problem, OneRemedy);

    /// <summary>A complaint about a part that is in order, but not supported.</summary>
    public InputException Refuse(string what, string supported) =>
        new(File, Path, $"{what} is not supported.", $"Supported here: {supported}.");

    private string Shown()
    {
        string text = Value.GetRawText();
        return text.Length <= 40 ? text : text[..40] + "...";
    }
}
