using System.Text.Json;
using Castalia.Text;
using Castalia.Text.Chat;

namespace Castalia.Serving.Api;

/// <summary>Reads the body of <c>POST /v1/chat/completions</c>.</summary>
/// <param name="model">The model that is served.</param>
/// <param name="limits">What a request may ask for.</param>
internal sealed class ChatReader(ModelDescription model, ServingOptions limits)
{
    private const int MostMessages = 4096, MostParts = 256;

    private static readonly string[] Roles = ["system", "developer", "user", "assistant"];

    public GenerationRequest Read(JsonElement body)
    {
        var fields = new RequestFields(body);
        CommonFields.CheckModel(fields, model);
        if (model.Chat is not { } chat)
        {
            throw new ApiException(400, ApiException.InvalidRequest,
                $"The model '{model.Name}' has no chat template, so it is no chat model; use /v1/completions.", "model", "no_chat_template");
        }
        bool stream = fields.Bool("stream");
        bool withLogProbabilities = fields.Bool("logprobs");
        int? alternatives = fields.Int("top_logprobs", 0, CommonFields.MostAlternatives);
        if (alternatives is not null && !withLogProbabilities)
            throw ApiException.Invalid("top_logprobs", "'top_logprobs' is only meant for use with 'logprobs'.");
        int? maxTokens = fields.Int("max_completion_tokens", 1, int.MaxValue);
        string maxField = maxTokens is null ? "max_tokens" : "max_completion_tokens";
        maxTokens ??= fields.Int("max_tokens", 1, int.MaxValue);
        int choices = fields.Int("n", 1, limits.MaxSequences) ?? 1;
        Sampling sampling = Sampling.Read(fields, model);
        sampling = sampling with { Stop = [.. sampling.Stop, .. chat.StopStrings] };
        bool includeUsage = CommonFields.ReadStreamOptions(fields, stream);
        RefuseWhatIsNotDone(fields);
        List<ChatMessage> turns = ReadMessages(fields);
        fields.RefuseUnknown();

        string text = Render(chat, turns);
        // The template has written what begins a text; special tokens in it are meant.
        int[] tokens = model.Tokenizer.Encode(text, EncodeOptions.WithoutPostProcessor);
        if (tokens.Length == 0)
            throw ApiException.Invalid("messages", "The messages come to an empty prompt.");
        Prompt[] prompts = [new Prompt(text, tokens, null)];
        return new GenerationRequest
        {
            Prompts = prompts,
            MaxTokens = CommonFields.FitContext(prompts, maxTokens, int.MaxValue, maxField, model),
            Choices = choices,
            Samples = choices,
            LogProbabilities = withLogProbabilities ? alternatives ?? 0 : null,
            Sampling = sampling,
            Stream = stream,
            IncludeUsage = includeUsage,
        };
    }

    private static string Render(ChatTemplate chat, IReadOnlyList<ChatMessage> turns)
    {
        try
        {
            return chat.Render(turns);
        }
        catch (InputException exception)
        {
            throw ApiException.Invalid("messages", $"The model's chat template refuses the messages: {exception.Problem}", "template_error");
        }
    }

    private static void RefuseWhatIsNotDone(RequestFields fields)
    {
        fields.Refuse("the model calls no tools.", ["tools", "functions", "tool_choice", "function_call"], "none", "auto");
        fields.Refuse("answers are text only.", ["audio", "prediction", "web_search_options"]);
        if (fields.Element("modalities") is { } modalities && !(modalities.ValueKind == JsonValueKind.Array && modalities.EnumerateArray().All(item =>
            item.ValueKind == JsonValueKind.String && item.ValueEquals("text"))))
        {
            throw ApiException.Invalid("modalities", "'modalities' is not supported but for [\"text\"]: answers are text only.", "unsupported_parameter");
        }
        if (fields.Element("response_format") is { } format)
        {
            var inner = new RequestFields(format, "response_format");
            if (inner.Text("type", 100) is not (null or "text"))
            {
                throw ApiException.Invalid("response_format",
                    "'response_format' is not supported but for {\"type\": \"text\"}: answers are not bound to a form.", "unsupported_parameter");
            }
        }
        fields.Ignore("user", "metadata", "store", "service_tier", "parallel_tool_calls", "reasoning_effort", "safety_identifier", "prompt_cache_key", "verbosity");
    }

    private static List<ChatMessage> ReadMessages(RequestFields fields)
    {
        if (fields.Element("messages") is not { } element)
            throw ApiException.Invalid("messages", "'messages' is missing.", "missing_required_parameter");
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() is 0 or > MostMessages)
            throw RequestFields.Wrong("messages", element, $"an array of 1 to {MostMessages} messages");
        var turns = new List<ChatMessage>(element.GetArrayLength());
        foreach (JsonElement item in element.EnumerateArray())
        {
            string place = $"messages[{turns.Count}]";
            var message = new RequestFields(item, place);
            string role = message.Text("role", 100) ?? throw ApiException.Invalid(place + ".role", $"'{place}.role' is missing.", "missing_required_parameter");
            if (!Roles.Contains(role))
                throw ApiException.Invalid(place + ".role", $"'{place}.role' is no role that is known here; expected one of {string.Join(", ", Roles)}.");
            message.Refuse("the model calls no tools.", ["tool_calls", "function_call", "tool_call_id"]);
            message.Ignore("name", "type", "refusal", "annotations", "audio"); // the evaluation harness gives each message a type
            JsonElement content = message.Element("content")
                ?? throw ApiException.Invalid(place + ".content", $"'{place}.content' is missing.", "missing_required_parameter");
            message.RefuseUnknown();
            turns.Add(new ChatMessage(role, ReadContent(content, place + ".content")));
        }
        return turns;
    }

    /// <summary>A text, or parts of which each is a text.</summary>
    private static string ReadContent(JsonElement content, string place)
    {
        if (content.ValueKind != JsonValueKind.Array)
            return RequestFields.TextOf(content, place, int.MaxValue);
        if (content.GetArrayLength() > MostParts)
            throw ApiException.Invalid(place, $"'{place}' has {content.GetArrayLength()} parts; at most {MostParts} are taken.", "array_above_max_length");
        var text = new System.Text.StringBuilder();
        int i = 0;
        foreach (JsonElement item in content.EnumerateArray())
        {
            string at = $"{place}[{i++}]";
            var part = new RequestFields(item, at);
            if (part.Text("type", 100) is not "text")
                throw ApiException.Invalid(at + ".type", $"'{at}.type' has to be \"text\": the model reads nothing else.", "unsupported_content");
            text.Append(part.Text("text", int.MaxValue) ?? throw ApiException.Invalid(at + ".text", $"'{at}.text' is missing.", "missing_required_parameter"));
            part.RefuseUnknown();
        }
        return text.ToString();
    }
}
