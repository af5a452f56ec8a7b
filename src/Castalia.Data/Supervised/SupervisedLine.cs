using System.Text.Json;
using Castalia.Text.Chat;

namespace Castalia.Data;

/// <summary>
/// Reads an example from a line of JSON: <c>{"prompt", "completion"}</c>, Alpaca's <c>{"instruction", "input", "output"}</c>, or
/// <c>{"messages": [{"role", "content"}, ...]}</c>. Other keys are passed over.
/// </summary>
internal static class SupervisedLine
{
    private const string Shapes = "Write each line as {\"prompt\", \"completion\"}, {\"instruction\", \"input\", \"output\"} or {\"messages\": [{\"role\", \"content\"}, ...]}, all of them texts.";
    private const int MostMessages = 10_000;

    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 64 };

    /// <summary>Reads one line.</summary>
    /// <exception cref="InputException">It is no example, or the template refuses it.</exception>
    public static SupervisedText Read(LineBatch batch, int index, ChatTemplate? template, TrainOn trainOn)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(batch.Line(index).ToArray(), Reading);
            JsonElement line = document.RootElement;
            if (line.ValueKind != JsonValueKind.Object)
                throw batch.Fail(index, $"expected a JSON object, found {line.ValueKind}.", Shapes);
            if (line.TryGetProperty("messages", out JsonElement messages))
            {
                return SupervisedText.Of(Messages(messages, batch, index), template
                    ?? throw batch.Fail(index, "it is a conversation, and the model has no chat template to write it with.", "Give a template (chat_template), or take 'plain', which writes turns in plain words."), trainOn);
            }
            if (line.TryGetProperty("prompt", out JsonElement prompt))
                return SupervisedText.Of(Text(prompt, "prompt", batch, index), Text(line, "completion", "prompt", batch, index));
            if (line.TryGetProperty("instruction", out JsonElement instruction))
            {
                string input = line.TryGetProperty("input", out JsonElement given) && given.ValueKind != JsonValueKind.Null ? Text(given, "input", batch, index) : "";
                return SupervisedText.Of(Text(instruction, "instruction", batch, index), input, Text(line, "output", "instruction", batch, index), template);
            }
            throw batch.Fail(index, "it has none of the keys messages, prompt and instruction.", Shapes);
        }
        catch (JsonException exception)
        {
            throw batch.Fail(index, "expected a JSON object, found broken JSON.", Shapes, exception);
        }
        catch (InvalidOperationException exception)
        {
            throw batch.Fail(index, "expected UTF-8 text, found bytes or escapes that are not.", "Write the file as UTF-8, without halves of surrogate pairs.", exception);
        }
        catch (InputException refusal) when (refusal.File != batch.File)
        {
            // The template's own words, with the place that it could not know.
            throw batch.Fail(index, $"{(refusal.Place is null ? "" : refusal.Place + ": ")}{refusal.Problem}", refusal.Remedy, refusal);
        }
    }

    private static List<ChatMessage> Messages(JsonElement list, LineBatch batch, int index)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MostMessages)
            throw batch.Fail(index, $"expected \"messages\" to be a list of 1 to {MostMessages} messages, found {Shown(list)}.", Shapes);
        var messages = new List<ChatMessage>();
        foreach (JsonElement message in list.EnumerateArray())
        {
            if (message.ValueKind != JsonValueKind.Object)
                throw batch.Fail(index, $"expected every message to be an object, found {Shown(message)}.", Shapes);
            messages.Add(new ChatMessage(Text(message, "role", "messages", batch, index), Text(message, "content", "messages", batch, index)));
        }
        return messages;
    }

    private static string Text(JsonElement owner, string key, string beside, LineBatch batch, int index) => owner.TryGetProperty(key, out JsonElement value)
        ? Text(value, key, batch, index) : throw batch.Fail(index, $"it has \"{beside}\" and no \"{key}\".", Shapes);

    private static string Text(JsonElement value, string key, LineBatch batch, int index) => value.ValueKind == JsonValueKind.String
        ? value.GetString()! : throw batch.Fail(index, $"expected \"{key}\" to be a text, found {Shown(value)}.", Shapes);

    private static string Shown(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? $"a list of {value.GetArrayLength()}" : value.ValueKind.ToString().ToLowerInvariant();
}
