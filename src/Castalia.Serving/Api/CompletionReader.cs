using System.Text.Json;
using Castalia.Text;

namespace Castalia.Serving.Api;

/// <summary>Reads the body of <c>POST /v1/completions</c>.</summary>
/// <param name="model">The model that is served.</param>
/// <param name="limits">What a request may ask for.</param>
internal sealed class CompletionReader(ModelDescription model, ServingOptions limits)
{
    private const int TokensIfAbsent = 16;

    public GenerationRequest Read(JsonElement body)
    {
        var fields = new RequestFields(body);
        CommonFields.CheckModel(fields, model);
        bool echo = fields.Bool("echo"), stream = fields.Bool("stream");
        int? logProbabilities = fields.Int("logprobs", 0, CommonFields.MostAlternatives);
        int? maxTokens = fields.Int("max_tokens", 0, int.MaxValue);
        if (maxTokens == 0 && !echo)
            throw ApiException.Invalid("max_tokens", "'max_tokens' is 0, which leaves nothing to answer; it is meant for use with 'echo'.");
        int choices = fields.Int("n", 1, limits.MaxSequences) ?? 1, samples = fields.Int("best_of", 1, limits.MaxSequences) ?? choices;
        if (samples < choices)
            throw ApiException.Invalid("best_of", $"'best_of' is {samples}; expected at least 'n', which is {choices}.");
        if (stream && samples > choices)
            throw ApiException.Invalid("best_of", "The best of several is known only at the end: 'best_of' above 'n' cannot be streamed.");
        Sampling sampling = Sampling.Read(fields, model);
        bool includeUsage = CommonFields.ReadStreamOptions(fields, stream);
        fields.Refuse("text is only continued at its end.", ["suffix"], "");
        fields.Ignore("user", "metadata", "store", "service_tier");
        JsonElement? prompt = fields.Element("prompt");
        fields.RefuseUnknown();

        IReadOnlyList<Prompt> prompts = ReadPrompts(prompt, samples, withOffsets: echo && logProbabilities is not null);
        return new GenerationRequest
        {
            Prompts = prompts,
            MaxTokens = CommonFields.FitContext(prompts, maxTokens, TokensIfAbsent, "max_tokens", model),
            Choices = choices,
            Samples = samples,
            Echo = echo,
            LogProbabilities = logProbabilities,
            Sampling = sampling,
            Stream = stream,
            IncludeUsage = includeUsage,
        };
    }

    /// <summary>A text, texts, token ids, or lists of token ids.</summary>
    private List<Prompt> ReadPrompts(JsonElement? given, int samples, bool withOffsets)
    {
        if (given is not { } element)
            return [OfText("", withOffsets)];
        if (element.ValueKind == JsonValueKind.String)
            return [OfText(RequestFields.TextOf(element, "prompt", int.MaxValue), withOffsets)];
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() == 0)
            throw RequestFields.Wrong("prompt", element, "a string, an array of strings, an array of token ids, or an array of such arrays, not empty");
        if (element[0].ValueKind == JsonValueKind.Number)
            return [OfTokens(element, "prompt", withOffsets)];

        int count = element.GetArrayLength();
        if (count > limits.MaxSequences / samples)
        {
            throw ApiException.Invalid("prompt",
                $"'prompt' has {count} prompts with {samples} choices each; at most {limits.MaxSequences} sequences are taken in one request.", "array_above_max_length");
        }
        var prompts = new List<Prompt>(count);
        foreach (JsonElement item in element.EnumerateArray())
        {
            string place = $"prompt[{prompts.Count}]";
            prompts.Add(item.ValueKind == JsonValueKind.Array
                ? OfTokens(item, place, withOffsets)
                : OfText(RequestFields.TextOf(item, place, int.MaxValue), withOffsets));
        }
        return prompts;
    }

    private Prompt OfText(string text, bool withOffsets)
    {
        int[] tokens, offsets = [];
        if (withOffsets)
        {
            TokenEncoding encoding = model.Tokenizer.EncodeFull(text);
            tokens = [.. encoding.Ids];
            offsets = [.. encoding.Offsets.Select(offset => offset.Start)];
        }
        else
        {
            tokens = model.Tokenizer.Encode(text);
        }
        if (tokens.Length > 0)
            return new Prompt(text, tokens, withOffsets ? offsets : null);
        int begin = model.BeginToken ?? throw ApiException.Invalid("prompt", "The prompt is empty and the model has no token to begin with.");
        return new Prompt(text, [begin], withOffsets ? [0] : null);
    }

    private Prompt OfTokens(JsonElement array, string place, bool withOffsets)
    {
        int count = array.GetArrayLength();
        if (count == 0)
            throw ApiException.Invalid(place, $"'{place}' has no tokens; give at least one.");
        if (count > model.Context)
            throw CommonFields.TooLong(count, 0, place, model);
        int[] tokens = new int[count], offsets = new int[count];
        TokenDecoder decoder = model.Tokenizer.CreateDecoder();
        var text = new System.Text.StringBuilder();
        int i = 0, length = 0;
        foreach (JsonElement item in array.EnumerateArray())
        {
            tokens[i] = RequestFields.IntOf(item, $"{place}[{i}]", 0, model.VocabularySize - 1);
            offsets[i] = length;
            string added = decoder.Append(tokens[i++]);
            length += CodePoints.Count(added);
            text.Append(added);
        }
        text.Append(decoder.Finish());
        return new Prompt(text.ToString(), tokens, withOffsets ? offsets : null);
    }
}
