using Castalia.Text.Chat;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Messages as a model's own template writes them; the assistant's last one stays open where it is to go on, as transformers leaves it.</summary>
/// <param name="template">The template.</param>
/// <param name="systemMayGo">Whether a template that refuses a system message gets the others alone, as the harness does for models of its own.</param>
internal sealed class TemplateChatFormat(ChatTemplate template, bool systemMayGo = false) : IChatFormat
{
    /// <inheritdoc/>
    public string Template => template.Source;

    /// <inheritdoc/>
    public string Apply(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        ArgumentNullException.ThrowIfNull(messages);
        string text = Render(messages, addGenerationPrompt);
        if (addGenerationPrompt || messages.Count == 0)
            return text;
        string last = messages[^1].Content, begun = PythonString.LeftStrip(last), bare = PythonString.Strip(last);
        int start = text.LastIndexOf(bare, StringComparison.Ordinal);
        if (start < 0)
        {
            throw new InputException("chat template", null, "what the assistant has begun to say is not in the text that the template makes, so it cannot be gone on from.",
                "Use another template, or a task without gen_prefix.");
        }
        // The template may have cut white space off the message's end.
        bool kept = string.CompareOrdinal(text, start, last, last.Length - begun.Length, begun.Length) == 0;
        return text[..(start + (kept ? begun.Length : bare.Length))];
    }

    private string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        try
        {
            return template.Render(messages, addGenerationPrompt);
        }
        catch (InputException) when (systemMayGo && messages.Any(message => message.Role == "system"))
        {
            return template.Render([.. messages.Where(message => message.Role != "system")], addGenerationPrompt);
        }
    }
}
