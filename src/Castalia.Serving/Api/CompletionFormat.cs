using System.Text.Json;
using Castalia.Models;

namespace Castalia.Serving.Api;

/// <summary>Answers of <c>/v1/completions</c>. A part of a stream looks like a whole answer.</summary>
/// <param name="model">The model that is served.</param>
internal sealed class CompletionFormat(ModelDescription model) : AnswerFormat(model)
{
    public override string IdPrefix => "cmpl-";

    protected override string ObjectName => "text_completion";

    protected override string ChunkName => "text_completion";

    public override void WritePart(Utf8JsonWriter json, Choice part) => WriteChoice(json, part);

    public override void WriteChoice(Utf8JsonWriter json, Choice choice)
    {
        json.WriteStartObject();
        json.WriteNumber("index", choice.Index);
        json.WriteString("text", choice.Text);
        if (choice.Tokens is null)
            json.WriteNull("logprobs");
        else
            WriteLogProbabilities(json, choice.Tokens);
        WriteFinish(json, choice.Finish);
        json.WriteEndObject();
    }

    private void WriteLogProbabilities(Utf8JsonWriter json, IReadOnlyList<TokenEntry> tokens)
    {
        json.WriteStartObject("logprobs");
        json.WriteStartArray("tokens");
        foreach (TokenEntry entry in tokens)
            json.WriteStringValue(Names.Distinct(entry.Token));
        json.WriteEndArray();
        json.WriteStartArray("token_logprobs");
        foreach (TokenEntry entry in tokens)
        {
            if (entry.LogProbability is { } value)
                json.WriteNumberValue(Finite(value));
            else
                json.WriteNullValue();
        }
        json.WriteEndArray();
        json.WriteStartArray("top_logprobs");
        foreach (TokenEntry entry in tokens)
            WriteTop(json, entry);
        json.WriteEndArray();
        json.WriteStartArray("text_offset");
        foreach (TokenEntry entry in tokens)
            json.WriteNumberValue(entry.Offset);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The likeliest tokens and the token itself. Of tokens that stand for the same text the likeliest is written: keys must differ.</summary>
    private void WriteTop(Utf8JsonWriter json, TokenEntry entry)
    {
        if (entry.Top is null)
        {
            json.WriteNullValue();
            return;
        }
        json.WriteStartObject();
        var written = new HashSet<string>(StringComparer.Ordinal);
        IEnumerable<TokenProbability> all = entry.Top.Append(new TokenProbability(entry.Token, entry.LogProbability ?? 0));
        foreach (TokenProbability token in all.OrderByDescending(token => token.LogProbability))
        {
            string name = Names.Distinct(token.Token);
            if (written.Add(name))
                json.WriteNumber(name, Finite(token.LogProbability));
        }
        json.WriteEndObject();
    }
}
