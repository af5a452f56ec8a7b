using System.Security.Cryptography;
using System.Text.Json;
using Castalia.Models;

namespace Castalia.Serving.Api;

/// <summary>How tokens are drawn and where a continuation ends: the fields that completions and chat completions share.</summary>
/// <param name="Options">How tokens are drawn, but for the number of tokens.</param>
/// <param name="Stop">Texts that end a continuation; they are not part of it.</param>
internal sealed record Sampling(GenerationOptions Options, IReadOnlyList<string> Stop)
{
    private const int MostStops = 32, LongestStop = 1024, MostStopTokens = 256;

    /// <summary>Whether the likeliest token by the model alone is taken each time.</summary>
    public bool IsPlainGreedy => Options is { Temperature: 0, RepetitionPenalty: 1 };

    /// <summary>Takes the shared fields from a request.</summary>
    public static Sampling Read(RequestFields fields, ModelDescription model)
    {
        int? topK = fields.Int("top_k", -1, int.MaxValue);
        RefuseBiases(fields);
        List<string> stops = ReadStops(fields);
        // Special tokens are no text, in which a stop text could be found.
        IEnumerable<int> marks = stops.Select(text => model.Tokenizer.TokenToId(text) ?? -1).Where(id => id >= 0 && model.Tokenizer.IsSpecial(id));
        var options = new GenerationOptions
        {
            Temperature = fields.Number("temperature", 0, 100) ?? 1,
            TopK = topK > 0 ? topK : null, // 0 and -1 mean all, as in other servers
            TopP = Share(fields, "top_p"),
            MinP = fields.Number("min_p", 0, 1),
            TypicalP = Share(fields, "typical_p"),
            RepetitionPenalty = fields.Number("repetition_penalty", 0.01, 100) ?? 1,
            Seed = fields.Long("seed") ?? BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)),
            StopTokens = [.. ReadStopTokens(fields, model).Union(fields.Bool("ignore_eos") ? [] : model.EndTokens).Union(marks)],
        };
        try
        {
            options.Validate();
        }
        catch (ArgumentException exception)
        {
            throw ApiException.Invalid(null, exception.Message);
        }
        return new Sampling(options, stops);
    }

    private static void RefuseBiases(RequestFields fields)
    {
        foreach (string name in (string[])["presence_penalty", "frequency_penalty"])
        {
            if (fields.Number(name, -2, 2) is not (null or 0))
                throw ApiException.Invalid(name, $"'{name}' other than 0 is not supported; 'repetition_penalty' is.", "unsupported_parameter");
        }
        if (fields.Element("logit_bias") is { } bias && !(bias.ValueKind == JsonValueKind.Object && bias.GetPropertyCount() == 0))
            throw ApiException.Invalid("logit_bias", "'logit_bias' is not supported.", "unsupported_parameter");
    }

    private static double? Share(RequestFields fields, string name) => fields.Number(name, 0, 1) is not { } share ? null
        : share > 0 ? share : throw ApiException.Invalid(name, $"'{name}' is 0; expected a number above 0 and at most 1.");

    private static List<string> ReadStops(RequestFields fields)
    {
        if (fields.Element("stop") is not { } stop)
            return [];
        JsonElement[] items = stop.ValueKind == JsonValueKind.Array ? Items(stop, "stop", MostStops) : [stop];
        var texts = new List<string>();
        foreach (JsonElement item in items)
        {
            string text = RequestFields.TextOf(item, stop.ValueKind == JsonValueKind.Array ? $"stop[{texts.Count}]" : "stop", LongestStop);
            texts.Add(text.Length > 0 ? text : throw ApiException.Invalid("stop", "'stop' holds an empty string, which would end every answer before it begins."));
        }
        return texts;
    }

    private static IEnumerable<int> ReadStopTokens(RequestFields fields, ModelDescription model) => fields.Element("stop_token_ids") is not { } ids
        ? []
        : Items(ids, "stop_token_ids", MostStopTokens).Select((item, i) => RequestFields.IntOf(item, $"stop_token_ids[{i}]", 0, model.VocabularySize - 1));

    private static JsonElement[] Items(JsonElement array, string name, int most)
    {
        if (array.ValueKind != JsonValueKind.Array)
            throw RequestFields.Wrong(name, array, "an array");
        if (array.GetArrayLength() > most)
            throw ApiException.Invalid(name, $"'{name}' has {array.GetArrayLength()} items; at most {most} are taken.", "array_above_max_length");
        return [.. array.EnumerateArray()];
    }
}
