using Castalia.Text.Chat;

namespace Castalia.Evaluation;

/// <summary>Messages as a model's own chat template writes them.</summary>
/// <param name="template">The template.</param>
internal sealed class TemplateChat(ChatTemplate template) : IChatFormat
{
    /// <inheritdoc/>
    public string Template => template.Source;

    /// <inheritdoc/>
    /// <remarks>A template that refuses a system message gets the others alone, as in the harness. A last message that stays open ends the text, as in transformers.</remarks>
    public string Apply(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        ArgumentNullException.ThrowIfNull(messages);
        string text;
        try
        {
            text = template.Render(messages, addGenerationPrompt);
        }
        catch (InputException) when (messages.Any(message => message.Role == "system"))
        {
            text = template.Render([.. messages.Where(message => message.Role != "system")], addGenerationPrompt);
        }
        return addGenerationPrompt || messages.Count == 0 ? text : UpTo(text, messages[^1].Content);
    }

    private static string UpTo(string text, string last)
    {
        string bare = last.Trim();
        int at = text.LastIndexOf(bare, StringComparison.Ordinal);
        if (at < 0)
            return text;
        // Many templates trim what they are given.
        bool whole = string.CompareOrdinal(text, at, last, 0, last.Length) == 0;
        return text[..(at + (whole ? last.Length : bare.Length))];
    }
}
