using System.Text.Json;

namespace Castalia.Text.TokenizerJson;

/// <summary>The keys "truncation" and "padding".</summary>
internal static class LengthOptionsJson
{
    private static readonly (string, Side)[] Sides = [("Left", Side.Left), ("Right", Side.Right)];

    private static readonly (string, TruncationStrategy)[] Strategies =
        [("LongestFirst", TruncationStrategy.LongestFirst), ("OnlyFirst", TruncationStrategy.OnlyFirst), ("OnlySecond", TruncationStrategy.OnlySecond)];

    // Every text is filled up to the length that a file names: it must not be the file that decides how much memory that takes.
    private const int LongestPadding = 1 << 20;

    /// <summary>Reads how encodings are cut.</summary>
    public static TruncationOptions ReadTruncation(JsonPart part) => new()
    {
        MaxLength = part.Get("max_length").Id(),
        Stride = part.Get("stride").Id(),
        Strategy = part.Choice("strategy", Strategies),
        Direction = part.Find("direction") is null ? Side.Right : part.Choice("direction", Sides),
    };

    /// <summary>Writes how encodings are cut.</summary>
    public static void Write(Utf8JsonWriter json, TruncationOptions options)
    {
        json.WriteStartObject();
        json.WriteString("direction", options.Direction.ToString());
        json.WriteNumber("max_length", options.MaxLength);
        json.WriteString("strategy", options.Strategy.ToString());
        json.WriteNumber("stride", options.Stride);
        json.WriteEndObject();
    }

    /// <summary>Reads how encodings are filled up.</summary>
    public static PaddingOptions ReadPadding(JsonPart part)
    {
        JsonPart strategy = part.Get("strategy");
        int? length = null;
        if (strategy.Value.ValueKind == JsonValueKind.Object)
            length = PaddedLength(strategy.Get("Fixed"));
        else if (strategy.Text() != "BatchLongest")
            throw strategy.Fail($"expected \"BatchLongest\" or {{\"Fixed\": length}}, found \"{strategy.Text()}\".");
        return new PaddingOptions
        {
            Length = length,
            Direction = part.Choice("direction", Sides),
            MultipleOf = part.Find("pad_to_multiple_of") is JsonPart multiple ? PaddedLength(multiple) : null,
            Id = part.Get("pad_id").Id(),
            TypeId = part.Get("pad_type_id").Id(),
            Token = part.Get("pad_token").Text(),
        };
    }

    private static int PaddedLength(JsonPart part) =>
        part.Id() is int length and <= LongestPadding ? length : throw part.Fail($"texts would be filled up to more than {LongestPadding} tokens.");

    /// <summary>Writes how encodings are filled up.</summary>
    public static void Write(Utf8JsonWriter json, PaddingOptions options)
    {
        json.WriteStartObject();
        if (options.Length is int length)
        {
            json.WriteStartObject("strategy");
            json.WriteNumber("Fixed", length);
            json.WriteEndObject();
        }
        else
        {
            json.WriteString("strategy", "BatchLongest");
        }
        json.WriteString("direction", options.Direction.ToString());
        if (options.MultipleOf is int multiple)
            json.WriteNumber("pad_to_multiple_of", multiple);
        else
            json.WriteNull("pad_to_multiple_of");
        json.WriteNumber("pad_id", options.Id);
        json.WriteNumber("pad_type_id", options.TypeId);
        json.WriteString("pad_token", options.Token);
        json.WriteEndObject();
    }
}
