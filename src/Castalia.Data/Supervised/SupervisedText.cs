using Castalia.Text.Chat;

namespace Castalia.Data;

/// <summary>The text of an example, and which parts of it are to be learned.</summary>
/// <param name="Text">The text.</param>
/// <param name="Learned">From and to, in UTF-16 units, in order.</param>
/// <param name="Rendered">Whether a chat template wrote it, special tokens and all; else the tokenizer's post-processor adds its own.</param>
internal sealed record SupervisedText(string Text, IReadOnlyList<(int Start, int End)> Learned, bool Rendered)
{
    private const string Assistant = "assistant";

    /// <summary>A prompt and what follows it, without anything between.</summary>
    public static SupervisedText Of(string prompt, string completion) => new(prompt + completion, [(prompt.Length, prompt.Length + completion.Length)], Rendered: false);

    /// <summary>An instruction, with further input or without, and its output.</summary>
    /// <param name="instruction">The instruction.</param>
    /// <param name="input">What it is about; empty for nothing.</param>
    /// <param name="output">The answer.</param>
    /// <param name="template">Writes both as a user's and an assistant's turn; null for Alpaca's headings.</param>
    /// <exception cref="InputException">The template refuses it.</exception>
    public static SupervisedText Of(string instruction, string input, string output, ChatTemplate? template)
    {
        if (template is not null)
            return Of([new ChatMessage("user", input.Length == 0 ? instruction : instruction + "\n\n" + input), new ChatMessage(Assistant, output)], template, TrainOn.All);
        string about = input.Length == 0 ? "" : $"### Input:\n{input}\n\n";
        return Of($"### Instruction:\n{instruction}\n\n{about}### Response:\n", output);
    }

    /// <summary>
    /// A conversation. An answer is what the template writes for the messages up to it, beyond what it writes before it where the assistant is
    /// to speak: exactly what a model is given and what is wanted of it.
    /// </summary>
    /// <param name="messages">The messages.</param>
    /// <param name="template">The template.</param>
    /// <param name="trainOn">Which answers are learned.</param>
    /// <exception cref="InputException">The template refuses it, or does not write a conversation's beginning as it writes the whole.</exception>
    public static SupervisedText Of(IReadOnlyList<ChatMessage> messages, ChatTemplate template, TrainOn trainOn)
    {
        int last = LastAnswer(messages);
        string whole = template.Render([.. messages.Take(last + 1)], addGenerationPrompt: false);
        var learned = new List<(int, int)>();
        for (int i = trainOn == TrainOn.Last ? last : 0; i <= last; i++)
        {
            if (messages[i].Role != Assistant)
                continue;
            string before = template.Render([.. messages.Take(i)], addGenerationPrompt: true);
            string through = i == last ? whole : template.Render([.. messages.Take(i + 1)], addGenerationPrompt: false);
            // White space behind the last message may be otherwise where more follows.
            int end = whole.StartsWith(through, StringComparison.Ordinal) ? through.Length : through.AsSpan().TrimEnd().Length;
            if (!whole.AsSpan().StartsWith(through.AsSpan(0, end)) || !whole.StartsWith(before, StringComparison.Ordinal) || before.Length > end)
            {
                throw new InputException("conversation", $"message {i + 1}", "the chat template writes the beginning of a conversation otherwise than the whole, so that its answers cannot be told apart.",
                    trainOn == TrainOn.All ? "Learn the last answer only (train_on: last), or give another template." : "Give another template.");
            }
            learned.Add((before.Length, end));
        }
        return new SupervisedText(whole, learned, Rendered: true);
    }

    private static int LastAnswer(IReadOnlyList<ChatMessage> messages)
    {
        for (int i = messages.Count - 1; i >= 0; i--)
        {
            if (messages[i].Role == Assistant)
                return i;
        }
        throw new InputException("conversation", null, "none of its messages is the assistant's: there is nothing to learn from it.", "Leave it out, or give it an answer with \"role\": \"assistant\".");
    }
}
