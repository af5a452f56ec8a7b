using System.Text;
using Castalia.Text.Chat;

namespace Castalia.Models;

/// <summary>
/// A conversation with a model, turn by turn. The keys and values of what was said stay: a turn computes only what is new in it. For one thread
/// at a time.
/// </summary>
public sealed class Conversation : IDisposable
{
    private readonly TextGenerator _generator;
    private readonly ChatTemplate _template;
    private readonly ContinuousBatch _batch;
    private readonly List<ChatMessage> _messages = [];
    private string? _system;
    private int _turns;

    /// <summary>Begins a conversation.</summary>
    /// <param name="generator">The model; it is not disposed of.</param>
    /// <param name="template">How messages become text.</param>
    /// <param name="capacity">The most tokens of the whole conversation.</param>
    /// <exception cref="ArgumentException">The model has learned positions, and fewer of them.</exception>
    public Conversation(TextGenerator generator, ChatTemplate template, int capacity)
    {
        ArgumentNullException.ThrowIfNull(generator);
        ArgumentNullException.ThrowIfNull(template);
        _generator = generator;
        _template = template;
        _batch = new ContinuousBatch(generator.Model, 1, capacity) { ReusesPrefixes = true };
        if (PositionLimit.Warning(generator.Model.Config, capacity) is { } warning)
            generator.Warning?.Invoke(warning);
    }

    /// <summary>What was said so far, the system message included.</summary>
    public IReadOnlyList<ChatMessage> Messages => _system is null ? _messages : [new ChatMessage("system", _system), .. _messages];

    /// <summary>What the model is told before everything else; null for nothing. Setting it begins anew.</summary>
    public string? System
    {
        get => _system;
        set
        {
            _system = value;
            Reset();
        }
    }

    /// <summary>Tokens of the last answer's prompt that did not have to be computed again.</summary>
    public long ReusedTokens { get; private set; }

    /// <summary>Forgets all that was said but the system message.</summary>
    public void Reset() => _messages.Clear();

    /// <summary>Says something and lets the model answer, piece by piece. What it said when it is stopped stays said.</summary>
    /// <param name="text">What the user says.</param>
    /// <param name="options">How the answer is chosen. Each turn has draws of its own.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <exception cref="InputException">The template refuses the conversation, or there is no room left for an answer.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IEnumerable<TextPiece> Answer(string text, GenerationOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(options);
        options = _generator.WithStopTokens(options) with { StopStrings = [.. options.StopStrings.Union(_template.StopStrings)] };
        var said = new ChatMessage("user", text);
        int[] prompt = _generator.Encode(_template, [.. Messages, said]);
        if (prompt.Length >= _batch.Capacity)
        {
            throw new InputException("conversation", null, $"with this it has {prompt.Length} tokens, and there is room for {_batch.Capacity}, an answer included.",
                "Begin anew, or give it more room.");
        }
        return Answer(said, prompt, options, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _batch.Dispose();

    private IEnumerable<TextPiece> Answer(ChatMessage said, int[] prompt, GenerationOptions options, CancellationToken cancellation)
    {
        _messages.Add(said);
        long reused = _batch.ReusedTokens;
        int sequence = _batch.Add(prompt, options, _turns++);
        ReusedTokens = _batch.ReusedTokens - reused;
        var answer = new StringBuilder();
        TextContinuation continuation = _generator.Follow(prompt, options);
        try
        {
            while (continuation.Finish is null)
            {
                foreach (BatchToken token in _batch.Step(cancellation))
                {
                    TextPiece piece = continuation.Append(token);
                    answer.Append(piece.Text);
                    yield return piece;
                }
            }
        }
        finally
        {
            _batch.Remove(sequence);
            _messages.Add(new ChatMessage("assistant", answer.ToString()));
        }
    }
}
