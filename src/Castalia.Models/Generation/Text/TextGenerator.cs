using System.Text;
using Castalia.Text;
using Castalia.Text.Chat;
using TorchSharp;

namespace Castalia.Models;

/// <summary>A model with its tokenizer: text in, text out.</summary>
public sealed class TextGenerator : IDisposable
{
    private readonly Lazy<TokenTexts> _texts;

    /// <summary>Puts a model and a tokenizer together.</summary>
    /// <param name="model">The model. It is taken over and disposed of with the generator.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="name">What errors call the model: its folder.</param>
    /// <param name="stopTokens">Tokens that end a continuation where the options name none; null for the model's end token.</param>
    /// <exception cref="InputException">The tokenizer has ids that the model does not know.</exception>
    public TextGenerator(Transformer model, Tokenizer tokenizer, string name, IReadOnlyList<int>? stopTokens = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (tokenizer.VocabularySize > model.Config.VocabularySize)
        {
            throw new InputException(name, "tokenizer", $"the tokenizer has {tokenizer.VocabularySize} ids, the model only {model.Config.VocabularySize}.",
                "Use the tokenizer that the model was trained with.");
        }
        (Model, Tokenizer, Name) = (model, tokenizer, name);
        StopTokens = stopTokens ?? Models.StopTokens.Of(new GenerationOptions(), model.Config);
        _texts = new Lazy<TokenTexts>(() => new TokenTexts(tokenizer));
    }

    /// <summary>The model.</summary>
    public Transformer Model { get; }

    /// <summary>Its tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>What errors call the model.</summary>
    public string Name { get; }

    /// <summary>Tokens that end a continuation where the options name none.</summary>
    public IReadOnlyList<int> StopTokens { get; }

    /// <summary>What tokens stand for.</summary>
    public TokenTexts TokenTexts => _texts.Value;

    /// <summary>Told what is worth knowing and no error.</summary>
    public Action<string>? Warning { get; init; }

    /// <summary>Reads a model and its tokenizer.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="dtype">The type to compute in.</param>
    /// <param name="warning">Told what is worth knowing and no error.</param>
    /// <param name="progress">Told how much is read.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="InputException">A file is missing or malformed.</exception>
    public static TextGenerator Load(
        string folder, torch.ScalarType dtype = torch.ScalarType.Float32, Action<string>? warning = null,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        Tokenizer tokenizer = Tokenizer.Load(folder);
        return Of(HuggingFaceFolder.Load(folder, dtype, progress: progress, cancellation: cancellation), tokenizer, folder, warning);
    }

    /// <summary>Puts a model and a tokenizer together that were read from a folder, which names the tokens that end a text.</summary>
    /// <param name="model">The model. It is taken over, also where something is wrong.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="folder">The model's folder.</param>
    /// <param name="warning">Told what is worth knowing and no error.</param>
    /// <exception cref="InputException">The tokenizer has ids that the model does not know, or <c>generation_config.json</c> is malformed.</exception>
    public static TextGenerator Of(Transformer model, Tokenizer tokenizer, string folder, Action<string>? warning = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        try
        {
            return new TextGenerator(model, tokenizer, folder, Models.StopTokens.In(folder, model.Config)) { Warning = warning };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The tokens of a prompt, with what the tokenizer puts before a text; special tokens written in it count as such. An empty prompt is the
    /// model's begin token, else its end token.
    /// </summary>
    /// <exception cref="InputException">The prompt is empty, and the model has neither token.</exception>
    public int[] Encode(string prompt)
    {
        int[] tokens = Tokenizer.Encode(prompt);
        if (tokens.Length > 0)
            return tokens;
        return (Model.Config.BeginTokenId ?? Model.Config.EndTokenId ?? Tokenizer.EndOfTextId) is int begin ? [begin]
            : throw new InputException(Name, "prompt", "the prompt is empty, and the model has no token to begin a text with.", "Give at least one character.");
    }

    /// <summary>The tokens of a conversation up to where the assistant's answer begins. The template has put all special tokens.</summary>
    /// <exception cref="InputException">The template refuses the conversation.</exception>
    public int[] Encode(ChatTemplate template, IReadOnlyList<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(template);
        return Tokenizer.Encode(template.Render(messages), EncodeOptions.WithoutPostProcessor);
    }

    /// <summary>
    /// The options with the model's own stop tokens where they name none. A stop string that is a special token's text ends a continuation as
    /// that token does: special tokens are no text, in which it could be found.
    /// </summary>
    public GenerationOptions WithStopTokens(GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        IEnumerable<int> marks = options.StopStrings.Select(text => Tokenizer.TokenToId(text) ?? -1).Where(id => id >= 0 && Tokenizer.IsSpecial(id));
        return options with { StopTokens = [.. (options.StopTokens ?? StopTokens).Union(marks)] };
    }

    /// <summary>The text of a sequence that follows a prompt.</summary>
    /// <param name="prompt">The prompt's tokens.</param>
    /// <param name="options">Stop strings, and whether tokens are reported beside the text.</param>
    public TextContinuation Follow(ReadOnlySpan<int> prompt, GenerationOptions options) =>
        new(Tokenizer, prompt, options.StopStrings, options.LogProbabilities is null ? null : TokenTexts);

    /// <summary>Continues prompts.</summary>
    /// <param name="prompts">Each prompt's tokens, as <see cref="Encode(string)"/> gives them.</param>
    /// <param name="options">How.</param>
    /// <param name="onPiece">Told each piece of text as it comes, with its prompt's index.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <exception cref="ArgumentException">A prompt is too long for the model, or an option means nothing.</exception>
    public IReadOnlyList<TextResult> Generate(
        IReadOnlyList<int[]> prompts, GenerationOptions options, Action<int, TextPiece>? onPiece = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(options);
        TextContinuation[] continuations = [.. prompts.Select(prompt => Follow(prompt, options))];
        StringBuilder[] texts = [.. prompts.Select(_ => new StringBuilder())];
        List<TextToken>[] tokens = [.. prompts.Select(_ => new List<TextToken>())];
        string?[] stops = new string?[prompts.Count];
        new Generator(Model) { Warning = Warning }.Generate(prompts, WithStopTokens(options), (row, token) =>
        {
            TextPiece piece = continuations[row].Append(token);
            texts[row].Append(piece.Text);
            tokens[row].AddRange(piece.Tokens);
            stops[row] = piece.StopString;
            onPiece?.Invoke(row, piece);
            return piece.Finish is null;
        }, cancellation);
        return [.. prompts.Select((prompt, row) => new TextResult(
            texts[row].ToString(), tokens[row], continuations[row].Finish ?? FinishReason.Stop, stops[row], prompt.Length, continuations[row].Tokens))];
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
