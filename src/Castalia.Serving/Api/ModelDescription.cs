using Castalia.Models;
using Castalia.Text;
using Castalia.Text.Chat;

namespace Castalia.Serving.Api;

/// <summary>What the requests' readers and the answers' writers know of the model.</summary>
internal sealed record ModelDescription
{
    // Each slot takes memory for a whole context; few requests need more than this.
    private const int UsualContext = 4096;

    /// <summary>What requests call it.</summary>
    public required string Name { get; init; }

    public required Tokenizer Tokenizer { get; init; }

    /// <summary>What each token stands for.</summary>
    public required TokenTexts Texts { get; init; }

    /// <summary>Ids go from 0 to one less.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The most tokens of a prompt and its continuation together.</summary>
    public required int Context { get; init; }

    /// <summary>The token that an empty prompt stands for; null where the model has none.</summary>
    public required int? BeginToken { get; init; }

    /// <summary>Tokens after which the model says no more.</summary>
    public required IReadOnlyList<int> EndTokens { get; init; }

    /// <summary>From messages to the prompt; null where the model has no chat template.</summary>
    public ChatTemplate? Chat { get; init; }

    /// <summary>When the model was opened, in seconds since 1970.</summary>
    public long Created { get; } = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    /// <summary>Describes a model.</summary>
    /// <exception cref="InputException">The context is longer than the model's positions.</exception>
    public static ModelDescription Of(TextGenerator model, ChatTemplate? chat, ServingOptions options)
    {
        TransformerConfig config = model.Model.Config;
        if (options.Context > config.MaxPositions && config.Position is LearnedPositions)
        {
            throw new InputException("--context", null, $"{options.Context} tokens are asked for, and the model has learned positions for {config.MaxPositions}.",
                $"Give at most {config.MaxPositions}.");
        }
        return new ModelDescription
        {
            Name = options.Name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model.Name))),
            Tokenizer = model.Tokenizer.WithTruncation(null).WithPadding(null), // a file's are for training
            Texts = model.TokenTexts,
            VocabularySize = config.VocabularySize,
            Context = options.Context ?? Math.Min(config.MaxPositions, UsualContext),
            BeginToken = config.BeginTokenId ?? config.EndTokenId ?? model.Tokenizer.EndOfTextId,
            EndTokens = model.StopTokens,
            Chat = chat,
        };
    }
}
