using System.Text.Json;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>The bodies that are posted, as the harness's clients write them.</summary>
internal static class ServerBody
{
    /// <summary>Most stops that OpenAI's chat interface takes.</summary>
    private const int MostChatStops = 4;

    /// <summary>Asks for prompts back with the log-probabilities of their tokens.</summary>
    /// <param name="options">The model and its seed.</param>
    /// <param name="prompt">Writes the prompts.</param>
    public static byte[] Scores(HttpModelOptions options, Action<Utf8JsonWriter> prompt) => Write(json =>
    {
        json.WriteString("model", options.Model);
        json.WritePropertyName("prompt");
        prompt(json);
        json.WriteNumber("temperature", 0);
        json.WriteNumber("max_tokens", 1);
        json.WriteNumber("logprobs", 1);
        json.WriteNumber("seed", options.Seed);
        json.WriteBoolean("echo", true);
    });

    /// <summary>Asks for texts after prompts.</summary>
    public static byte[] Texts(HttpModelOptions options, ServerArguments arguments, long seed, Action<Utf8JsonWriter> prompt) => Write(json =>
    {
        json.WritePropertyName("prompt");
        prompt(json);
        Arguments(json, options, arguments, seed, arguments.Stop);
    });

    /// <summary>Asks for the assistant's next message.</summary>
    public static byte[] Chat(HttpModelOptions options, ServerArguments arguments, long seed, JsonElement messages) => Write(json =>
    {
        json.WritePropertyName("messages");
        messages.WriteTo(json);
        Arguments(json, options, arguments, seed, arguments.Stop.Take(MostChatStops));
    });

    /// <summary>Writes lists of token ids.</summary>
    public static void Tokens(Utf8JsonWriter json, IEnumerable<int[]> prompts)
    {
        json.WriteStartArray();
        foreach (int[] prompt in prompts)
        {
            json.WriteStartArray();
            foreach (int token in prompt)
                json.WriteNumberValue(token);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    /// <summary>Writes a text, or a list of several.</summary>
    public static void Texts(Utf8JsonWriter json, IReadOnlyList<string> prompts)
    {
        if (prompts.Count == 1)
        {
            json.WriteStringValue(prompts[0]);
            return;
        }
        json.WriteStartArray();
        foreach (string prompt in prompts)
            json.WriteStringValue(prompt);
        json.WriteEndArray();
    }

    private static void Arguments(Utf8JsonWriter json, HttpModelOptions options, ServerArguments arguments, long seed, IEnumerable<string> stop)
    {
        json.WriteString("model", options.Model);
        json.WriteNumber("max_tokens", arguments.MaxTokens);
        json.WriteNumber("temperature", arguments.Temperature);
        if (arguments.Stop.Count > 0)
        {
            json.WriteStartArray("stop");
            foreach (string text in stop)
                json.WriteStringValue(text);
            json.WriteEndArray();
        }
        json.WriteNumber("seed", seed);
        foreach ((string name, object? value) in arguments.Others)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(PythonJson.Dumps(value));
        }
    }

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }
}
