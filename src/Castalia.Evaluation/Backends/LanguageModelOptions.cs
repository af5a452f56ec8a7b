using Castalia.Models;
using Castalia.Text.Chat;

namespace Castalia.Evaluation;

/// <summary>How a transformer answers requests.</summary>
public sealed record LanguageModelOptions
{
    /// <summary>Most tokens that a sequence has for the model; null for as many as it has positions.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Tokens that a pass reads; null for as many as are fast and fit the memory. No answer depends on it.</summary>
    public int? TokensPerPass { get; init; }

    /// <summary>Texts that are written side by side; null for as many as are fast and fit the memory.</summary>
    public int? TextsAtATime { get; init; }

    /// <summary>Tokens of an answer to <c>generate_until</c> whose task names no number: lm-eval's <c>max_gen_toks</c>.</summary>
    public int MaxGenToks { get; init; } = 256;

    /// <summary>What a text begins with; null for the token of a beginning, else of an end, else the tokenizer's end-of-text token.</summary>
    public int? PrefixToken { get; init; }

    /// <summary>Whether texts get what the tokenizer puts before them; null for its own way, but not where the text has it already.</summary>
    public bool? AddBeginToken { get; init; }

    /// <summary>The text of the token of a beginning, from <c>tokenizer_config.json</c>; null where there is none.</summary>
    public string? BeginToken { get; init; }

    /// <summary>The text of the token of an end; null for the tokenizer's end-of-text token.</summary>
    public string? EndToken { get; init; }

    /// <summary>The text of the padding token; null for the token of an end.</summary>
    public string? PadToken { get; init; }

    /// <summary>Tokens beside the token of an end that end an answer, from <c>generation_config.json</c>.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>What ends a model's thoughts: an answer counts from behind the last of it. Null for models that do not think aloud.</summary>
    public string? ThinkEndToken { get; init; }

    /// <summary>Where the draws of sampled answers come from.</summary>
    public long Seed { get; init; } = 1234;

    /// <summary>The chat template of a name, null for the model's own choice; null where the model has none.</summary>
    public Func<string?, ChatTemplate?>? ChatTemplate { get; init; }

    /// <summary>What a model's folder says of it: its special tokens, what ends its answers, its chat templates.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">The model in it.</param>
    /// <exception cref="InputException">A file is malformed.</exception>
    public static LanguageModelOptions In(string folder, TransformerConfig config)
    {
        IReadOnlyDictionary<string, string> tokens = Castalia.Text.Chat.ChatTemplate.SpecialTokens(folder);
        string? Named(string name) => tokens.GetValueOrDefault(name) is { Length: > 0 } text ? text : null;
        return new LanguageModelOptions
        {
            BeginToken = Named("bos_token"),
            EndToken = Named("eos_token"),
            PadToken = Named("pad_token"),
            StopTokens = Models.StopTokens.In(folder, config),
            ChatTemplate = name => Castalia.Text.Chat.ChatTemplate.FindNamed(folder, name),
        };
    }
}
