namespace Castalia.Serving.Api;

/// <summary>What completions and chat completions read and check alike.</summary>
internal static class CommonFields
{
    /// <summary>The most alternatives a token is given with.</summary>
    public const int MostAlternatives = 20;

    /// <summary>Refuses a request for another model: an answer must not come from one that nobody asked for.</summary>
    public static void CheckModel(RequestFields fields, ModelDescription model)
    {
        if (fields.Text("model", 1000) is { } name && name != model.Name)
            throw new ApiException(404, ApiException.InvalidRequest, $"The model '{name}' is not served here; this is '{model.Name}'.", "model", "model_not_found");
    }

    /// <summary>Whether a stream ends with the counts of tokens.</summary>
    public static bool ReadStreamOptions(RequestFields fields, bool stream)
    {
        if (fields.Element("stream_options") is not { } element)
            return false;
        if (!stream)
            throw ApiException.Invalid("stream_options", "'stream_options' is only meant for use with 'stream'.");
        var options = new RequestFields(element, "stream_options");
        bool includeUsage = options.Bool("include_usage");
        options.Ignore("include_obfuscation");
        options.RefuseUnknown();
        return includeUsage;
    }

    /// <summary>The most tokens to add to the longest prompt. What was asked for has to fit; what is merely usual is cut to what fits.</summary>
    public static int FitContext(IReadOnlyList<Prompt> prompts, int? asked, int usual, string field, ModelDescription model)
    {
        int longest = prompts.Max(prompt => prompt.Tokens.Length), room = model.Context - longest;
        if (longest > model.Context || (asked ?? 1) > room)
            throw TooLong(longest, asked ?? 1, asked is null ? "prompt" : field, model);
        return asked ?? Math.Min(usual, room);
    }

    /// <summary>400: the context is too short for prompt and continuation.</summary>
    public static ApiException TooLong(int prompt, int added, string param, ModelDescription model) => ApiException.Invalid(param,
        $"This model's maximum context length is {model.Context} tokens. The request has {prompt} in the prompt and asks for {added} more; shorten one of them.",
        "context_length_exceeded");
}
