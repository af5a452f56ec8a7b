using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.PostProcessing;

/// <summary>A token that a post-processor puts in, written as <c>["&lt;s&gt;", 0]</c>.</summary>
internal readonly record struct MarkedToken(string Token, int Id)
{
    /// <summary>Reads the pair.</summary>
    public static MarkedToken Read(JsonPart part) =>
        part.Items().ToList() is [JsonPart token, JsonPart id] ? new MarkedToken(token.Text(), id.Id()) : throw part.Fail("expected a token and its id.");

    /// <summary>The same token with another id.</summary>
    public MarkedToken WithId(Func<string, int> idOf) => this with { Id = idOf(Token) };

    /// <summary>Writes the pair under a key.</summary>
    public void Write(Utf8JsonWriter json, string key)
    {
        json.WriteStartArray(key);
        json.WriteStringValue(Token);
        json.WriteNumberValue(Id);
        json.WriteEndArray();
    }

    /// <summary>An encoding of this token alone.</summary>
    public TokenEncoding ToEncoding(int type)
    {
        TokenEncoding encoding = new(1);
        encoding.Add(Id, Token, default, null, null, type, special: true);
        return encoding;
    }
}
