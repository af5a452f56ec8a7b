using System.Text.Json;
using Castalia.Models;

namespace Castalia.Serving.Api;

/// <summary>A choice, or the next part of one in a stream.</summary>
/// <param name="Index">Which of the answer's choices.</param>
/// <param name="Text">Its text, or what is added to it.</param>
/// <param name="Tokens">Its tokens with log-probabilities; null where none are asked for.</param>
/// <param name="Finish">Why it ended; null where it goes on.</param>
internal sealed record Choice(int Index, string Text, IReadOnlyList<TokenEntry>? Tokens, FinishReason? Finish);

/// <summary>A token as log-probabilities tell of it.</summary>
/// <param name="Token">The token.</param>
/// <param name="LogProbability">Its log-probability in nats; null for the first of a prompt.</param>
/// <param name="Top">The likeliest tokens in its place; null for the first of a prompt.</param>
/// <param name="Offset">Where it begins in the choice's text, in code points.</param>
internal readonly record struct TokenEntry(int Token, float? LogProbability, IReadOnlyList<TokenProbability>? Top, int Offset);

/// <summary>Counts of tokens.</summary>
/// <param name="Prompt">Of all prompts, each counted once.</param>
/// <param name="Completion">Of all that was generated.</param>
internal readonly record struct Usage(int Prompt, int Completion);

/// <summary>Writes the answers of one endpoint in OpenAI's form.</summary>
/// <param name="model">The model that is served.</param>
internal abstract class AnswerFormat(ModelDescription model)
{
    // JSON has no infinity; this is what OpenAI writes for what is next to impossible.
    private const float Impossible = -9999;

    protected TokenNames Names { get; } = new(model.Texts);

    /// <summary>What the answers' ids begin with.</summary>
    public abstract string IdPrefix { get; }

    /// <summary>What a whole answer calls itself.</summary>
    protected abstract string ObjectName { get; }

    /// <summary>What a part of a stream calls itself.</summary>
    protected abstract string ChunkName { get; }

    /// <summary>The part that a choice of a stream begins with, before any text; null for none.</summary>
    public virtual bool HasOpening => false;

    /// <summary>Writes an answer's beginning, up to its choices.</summary>
    public void WriteHead(Utf8JsonWriter json, string id, long created, bool isChunk)
    {
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("object", isChunk ? ChunkName : ObjectName);
        json.WriteNumber("created", created);
        json.WriteString("model", model.Name);
        json.WriteStartArray("choices");
    }

    /// <summary>Writes a whole choice.</summary>
    public abstract void WriteChoice(Utf8JsonWriter json, Choice choice);

    /// <summary>Writes a part of a choice.</summary>
    public abstract void WritePart(Utf8JsonWriter json, Choice part);

    /// <summary>Writes the part that a choice of a stream begins with.</summary>
    public virtual void WriteOpening(Utf8JsonWriter json, int index)
    {
    }

    /// <summary>Writes an answer's end, from its choices on.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="usage">The counts; null where they are not known yet.</param>
    /// <param name="nullUsage">Whether counts that are not known are written as null.</param>
    public static void WriteTail(Utf8JsonWriter json, Usage? usage, bool nullUsage = false)
    {
        json.WriteEndArray();
        if (usage is var (prompt, completion))
        {
            json.WriteStartObject("usage");
            json.WriteNumber("prompt_tokens", prompt);
            json.WriteNumber("completion_tokens", completion);
            json.WriteNumber("total_tokens", (long)prompt + completion);
            json.WriteEndObject();
        }
        else if (nullUsage)
        {
            json.WriteNull("usage");
        }
        json.WriteEndObject();
    }

    protected static void WriteFinish(Utf8JsonWriter json, FinishReason? finish)
    {
        if (finish is null)
            json.WriteNull("finish_reason");
        else
            json.WriteString("finish_reason", finish == FinishReason.Stop ? "stop" : "length");
    }

    /// <summary>A log-probability that JSON can hold.</summary>
    protected static float Finite(float logProbability) => logProbability > Impossible ? logProbability : Impossible;
}
