using Castalia.Models;
using Castalia.Serving.Api;
using Castalia.Serving.Decoding;
using Castalia.Text;
using Castalia.Text.Chat;

namespace Castalia.Serving;

/// <summary>A model with what serving it needs: its tokenizer, and its chat template where it has one. The server that is given it disposes of it.</summary>
/// <param name="Name">What requests call it.</param>
/// <param name="Transformer">The model.</param>
/// <param name="Tokenizer">Its tokenizer.</param>
/// <param name="Chat">Its chat template; null where it is no chat model.</param>
public sealed record ServedModel(string Name, Transformer Transformer, Tokenizer Tokenizer, ChatTemplate? Chat = null)
{
    /// <summary>What requests and answers need to know of it.</summary>
    /// <exception cref="InputException">The tokenizer is another model's, or the context is longer than the model's.</exception>
    internal ModelDescription Describe(ServingOptions options)
    {
        TransformerConfig config = Transformer.Config;
        if (Tokenizer.VocabularySize > config.VocabularySize)
        {
            throw new InputException(Name, "tokenizer", $"the tokenizer has {Tokenizer.VocabularySize} ids, the model only {config.VocabularySize}.",
                "Use the tokenizer that the model was trained with.");
        }
        if (options.Context > config.MaxPositions && config.Position is LearnedPositions)
        {
            throw new InputException("--context", null, $"{options.Context} tokens are asked for, and the model has learned positions for {config.MaxPositions}.",
                $"Give at most {config.MaxPositions}.");
        }
        return new ModelDescription
        {
            Name = options.Name ?? Name,
            Tokenizer = Tokenizer.WithTruncation(null).WithPadding(null),
            Texts = new TokenTexts(Tokenizer),
            VocabularySize = config.VocabularySize,
            Context = options.Context ?? config.MaxPositions,
            BeginToken = config.BeginTokenId ?? Tokenizer.EndOfTextId ?? config.EndTokenId,
            EndTokens = config.EndTokenId is int end ? [end] : [],
            Chat = Chat,
        };
    }
}
