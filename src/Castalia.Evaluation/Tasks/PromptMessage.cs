using System.Text;
using Castalia.Text.Chat;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>A part of a prompt: as a message of a conversation, or as text with a delimiter behind it.</summary>
/// <param name="Role">system, user or assistant.</param>
/// <param name="Content">What is said.</param>
/// <param name="Delimiter">What stands behind it where prompts are plain text.</param>
internal readonly record struct PromptMessage(string Role, string Content, string Delimiter = "")
{
    /// <summary>All parts as one text.</summary>
    public static string Text(IReadOnlyList<PromptMessage> messages)
    {
        if (messages is [{ Delimiter: "" } only])
            return only.Content;
        var text = new StringBuilder();
        foreach (PromptMessage message in messages)
            text.Append(message.Content).Append(message.Delimiter);
        return text.ToString();
    }

    /// <summary>Each part as a message of its own.</summary>
    public static IReadOnlyList<ChatMessage> Turns(IReadOnlyList<PromptMessage> messages) =>
        [.. messages.Select(message => new ChatMessage(message.Role, message.Content))];

    /// <summary>One message of the user that holds all examples, after the system's and before what the assistant has begun to say.</summary>
    public static IReadOnlyList<ChatMessage> SingleTurn(IReadOnlyList<PromptMessage> messages)
    {
        int first = messages[0].Role == "system" ? 1 : 0;
        int end = messages[^1].Role == "assistant" ? messages.Count - 1 : messages.Count;
        var text = new StringBuilder();
        for (int i = first; i < end; i++)
            text.Append(messages[i].Content).Append(i < end - 1 ? messages[i].Delimiter : "");
        var turns = new List<ChatMessage>();
        if (first == 1)
            turns.Add(new ChatMessage("system", messages[0].Content));
        turns.Add(new ChatMessage("user", text.ToString()));
        if (end < messages.Count)
            turns.Add(new ChatMessage("assistant", messages[^1].Content));
        return turns;
    }

    /// <summary>Two texts with a delimiter between them, unless one is empty or white space parts them already.</summary>
    public static string Delimited(string? prefix, string? suffix, string delimiter)
    {
        if (string.IsNullOrEmpty(prefix))
            return suffix ?? "";
        if (string.IsNullOrEmpty(suffix))
            return prefix;
        return NeedsDelimiter(prefix, suffix) ? prefix + delimiter + suffix : prefix + suffix;
    }

    /// <summary>Whether neither the end of the one nor the beginning of the other is white space.</summary>
    public static bool NeedsDelimiter(string prefix, string suffix) =>
        prefix.Length > 0 && suffix.Length > 0 && !PythonString.IsSpace(prefix[^1]) && !PythonString.IsSpace(suffix[0]);
}
