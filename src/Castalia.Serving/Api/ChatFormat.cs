using System.Text.Json;
using Castalia.Models;

namespace Castalia.Serving.Api;

/// <summary>Answers of <c>/v1/chat/completions</c>.</summary>
/// <param name="model">The model that is served.</param>
internal sealed class ChatFormat(ModelDescription model) : AnswerFormat(model)
{
    public override string IdPrefix => "chatcmpl-";

    protected override string ObjectName => "chat.completion";

    protected override string ChunkName => "chat.completion.chunk";

    public override bool HasOpening => true;

    public override void WriteChoice(Utf8JsonWriter json, Choice choice)
    {
        json.WriteStartObject();
        json.WriteNumber("index", choice.Index);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", choice.Text);
        json.WriteNull("refusal");
        json.WriteEndObject();
        WriteRest(json, choice);
    }

    public override void WriteOpening(Utf8JsonWriter json, int index)
    {
        json.WriteStartObject();
        json.WriteNumber("index", index);
        json.WriteStartObject("delta");
        json.WriteString("role", "assistant");
        json.WriteString("content", "");
        json.WriteEndObject();
        WriteRest(json, new Choice(index, "", null, null));
    }

    public override void WritePart(Utf8JsonWriter json, Choice part)
    {
        json.WriteStartObject();
        json.WriteNumber("index", part.Index);
        json.WriteStartObject("delta");
        if (part.Text.Length > 0)
            json.WriteString("content", part.Text);
        json.WriteEndObject();
        WriteRest(json, part);
    }

    private void WriteRest(Utf8JsonWriter json, Choice choice)
    {
        if (choice.Tokens is null)
        {
            json.WriteNull("logprobs");
        }
        else
        {
            json.WriteStartObject("logprobs");
            json.WriteStartArray("content");
            foreach (TokenEntry entry in choice.Tokens)
                WriteToken(json, entry);
            json.WriteEndArray();
            json.WriteNull("refusal");
            json.WriteEndObject();
        }
        WriteFinish(json, choice.Finish);
        json.WriteEndObject();
    }

    private void WriteToken(Utf8JsonWriter json, TokenEntry entry)
    {
        json.WriteStartObject();
        WriteFields(json, entry.Token, entry.LogProbability ?? 0);
        json.WriteStartArray("top_logprobs");
        foreach (TokenProbability token in entry.Top ?? [])
        {
            json.WriteStartObject();
            WriteFields(json, token.Token, token.LogProbability);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteFields(Utf8JsonWriter json, int token, float logProbability)
    {
        json.WriteString("token", Names.Plain(token));
        json.WriteNumber("logprob", Finite(logProbability));
        json.WriteStartArray("bytes");
        foreach (byte value in Names.Bytes(token))
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
