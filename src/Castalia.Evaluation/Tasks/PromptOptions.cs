namespace Castalia.Evaluation;

/// <summary>How a run wants prompts written, beyond what tasks say.</summary>
/// <param name="SystemInstruction">What stands before each task's description; null for nothing.</param>
/// <param name="Chat">How the model wants messages written; null for plain text.</param>
/// <param name="Multiturn">Whether each example is a turn of the conversation instead of a part of one message.</param>
public sealed record PromptOptions(string? SystemInstruction = null, IChatFormat? Chat = null, bool Multiturn = false)
{
    /// <summary>Plain text and nothing added.</summary>
    public static PromptOptions Plain { get; } = new();
}
