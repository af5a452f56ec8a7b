using System.Text.Json.Nodes;

namespace Castalia.Models.Architectures;

/// <summary>
/// Rotary positions in <c>config.json</c>. Version 5 of transformers gathers their numbers in <c>rope_parameters</c>; version 4 spreads
/// them over <c>rope_theta</c>, <c>rope_scaling</c> and the fraction's field; both are read, and both are written.
/// </summary>
internal static class RotaryJson
{
    private const int LongestContext = 1 << 26;

    /// <summary>Reads them.</summary>
    /// <param name="json">The configuration.</param>
    /// <param name="fraction">The fraction where nothing is said.</param>
    /// <param name="maxPositions">The configuration's longest sequence, which is the trained length where nothing else is said.</param>
    public static RotaryPositions Read(ConfigJson json, double fraction, int maxPositions)
    {
        ConfigJson? parameters = json.Object("rope_parameters");
        fraction = parameters?.Has("partial_rotary_factor") == true
            ? parameters.Number("partial_rotary_factor")
            : json.Number("rotary_pct", absent: json.Number("partial_rotary_factor", absent: fraction));
        double rotaryBase = parameters?.Has("rope_theta") == true
            ? parameters.Number("rope_theta")
            : json.Number("rotary_emb_base", absent: json.Number("rope_theta", absent: 10000));
        return new RotaryPositions(rotaryBase, fraction, ReadScaling(parameters ?? json.Object("rope_scaling"), maxPositions));
    }

    private static RotaryScaling? ReadScaling(ConfigJson? json, int maxPositions)
    {
        if (json is null)
            return null;
        string key = json.Has("rope_type") || !json.Has("type") ? "rope_type" : "type";
        switch (json.Text(key, "default"))
        {
            case "default":
                return null;
            case "linear":
                return new LinearRotaryScaling(json.Number("factor"));
            case "dynamic":
                return new DynamicRotaryScaling(json.Number("factor"), maxPositions);
            case "yarn":
                int original = Original(json, maxPositions);
                return new YarnRotaryScaling(json.Number("factor", absent: (double)maxPositions / original), original)
                {
                    BetaFast = json.Number("beta_fast", absent: 32),
                    BetaSlow = json.Number("beta_slow", absent: 1),
                    AttentionFactor = Optional("attention_factor"),
                    Mscale = Optional("mscale"),
                    MscaleAllDim = Optional("mscale_all_dim"),
                    Truncate = json.Bool("truncate", absent: true),
                };
            case "llama3":
                return new Llama3RotaryScaling(
                    json.Number("factor"), Original(json, maxPositions), json.Number("low_freq_factor"), json.Number("high_freq_factor"));
            default:
                throw json.Unknown(key, ["default", "linear", "dynamic", "yarn", "llama3"]);
        }

        double? Optional(string name) => json.Has(name) ? json.Number(name) : null;
    }

    private static int Original(ConfigJson json, int maxPositions) => json.Int("original_max_position_embeddings", 1, LongestContext, maxPositions);

    /// <summary>Writes them in both spellings.</summary>
    /// <param name="json">The configuration, which gets the fields.</param>
    /// <param name="rotary">The encoding.</param>
    /// <param name="withFraction">Whether the architecture has a fraction at all.</param>
    public static void Write(JsonObject json, RotaryPositions rotary, bool withFraction)
    {
        JsonObject scaling = Scaling(rotary.Scaling);
        JsonObject parameters = scaling.DeepClone().AsObject();
        parameters["rope_theta"] = rotary.Base;
        if (withFraction)
            parameters["partial_rotary_factor"] = rotary.Fraction;
        json["rope_parameters"] = parameters;
        json["rope_theta"] = rotary.Base;
        json["rope_scaling"] = null;
        if (rotary.Scaling is not null)
        {
            scaling["type"] = scaling["rope_type"]!.GetValue<string>();
            json["rope_scaling"] = scaling;
        }
    }

    private static JsonObject Scaling(RotaryScaling? scaling)
    {
        switch (scaling)
        {
            case LinearRotaryScaling linear:
                return new JsonObject { ["rope_type"] = "linear", ["factor"] = linear.Factor };
            case DynamicRotaryScaling dynamic:
                return new JsonObject { ["rope_type"] = "dynamic", ["factor"] = dynamic.Factor };
            case Llama3RotaryScaling llama3:
                return new JsonObject
                {
                    ["rope_type"] = "llama3",
                    ["factor"] = llama3.Factor,
                    ["original_max_position_embeddings"] = llama3.OriginalPositions,
                    ["low_freq_factor"] = llama3.LowFrequencyFactor,
                    ["high_freq_factor"] = llama3.HighFrequencyFactor,
                };
            case YarnRotaryScaling yarn:
                var json = new JsonObject
                {
                    ["rope_type"] = "yarn",
                    ["factor"] = yarn.Factor,
                    ["original_max_position_embeddings"] = yarn.OriginalPositions,
                    ["beta_fast"] = yarn.BetaFast,
                    ["beta_slow"] = yarn.BetaSlow,
                };
                foreach ((string key, double? value) in (IEnumerable<(string, double?)>)
                    [("attention_factor", yarn.AttentionFactor), ("mscale", yarn.Mscale), ("mscale_all_dim", yarn.MscaleAllDim)])
                {
                    if (value is not null)
                        json[key] = value;
                }
                if (!yarn.Truncate)
                    json["truncate"] = false;
                return json;
            default:
                return new JsonObject { ["rope_type"] = "default" };
        }
    }
}
