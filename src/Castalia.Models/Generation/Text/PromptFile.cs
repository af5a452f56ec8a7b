using System.Text.Json;

namespace Castalia.Models;

/// <summary>
/// Prompts, one a line: a JSON object with <c>prompt</c> or <c>text</c>, a JSON string, or else the line as it stands. Empty lines are left out.
/// </summary>
public static class PromptFile
{
    private const int MostCharacters = 64 << 20;

    /// <summary>Reads prompts to the end of a text.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InputException">A line begins like JSON and is none, there are no prompts, or there is too much text.</exception>
    public static IReadOnlyList<string> Read(TextReader reader, string name)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var prompts = new List<string>();
        long characters = 0;
        for (int number = 1; reader.ReadLine() is { } line; number++)
        {
            if ((characters += line.Length) > MostCharacters)
                throw new InputException(name, $"line {number}", $"it has more than {MostCharacters} characters.", "Split the file.");
            if (line.Length > 0)
                prompts.Add(line[0] is '{' or '"' ? Json(line, name, number) : line);
        }
        return prompts.Count > 0 ? prompts : throw new InputException(name, null, "it holds no prompt.", "Write one prompt a line.");
    }

    private static string Json(string line, string name, int number)
    {
        const string Remedy = "Write a JSON object with 'prompt' or 'text', a JSON string, or begin the line with another character.";
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 64 });
            JsonElement found = document.RootElement;
            if (found.ValueKind == JsonValueKind.Object && !found.TryGetProperty("prompt", out found) && !document.RootElement.TryGetProperty("text", out found))
                throw new InputException(name, $"line {number}", "the object has neither 'prompt' nor 'text'.", Remedy);
            return found.ValueKind == JsonValueKind.String ? found.GetString()! : throw new InputException(name, $"line {number}", "the prompt is no text.", Remedy);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException(name, $"line {number}", "it begins like JSON and is not valid: " + e.Message, Remedy, e);
        }
    }
}
