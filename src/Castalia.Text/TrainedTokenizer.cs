using Castalia.Text.Training;

namespace Castalia.Text;

/// <summary>What training a tokenizer gave.</summary>
public sealed class TrainedTokenizer
{
    private readonly TrainedModel _model;
    private readonly TrainingParts _parts;

    internal TrainedTokenizer(TrainerOptions options, TrainingParts parts, TrainedModel model) => (Options, _parts, _model) = (options, parts, model);

    /// <summary>How it was trained.</summary>
    public TrainerOptions Options { get; }

    /// <summary>The token of each id: special tokens come first; for BPE and WordPiece the alphabet and then what the merges made.</summary>
    public IReadOnlyList<string> Tokens => _model.Tokens;

    /// <summary>BPE: the merges in order, the two tokens of each. Empty for other models.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges => _model is TrainedBpe bpe ? bpe.Merges : [];

    /// <summary>Unigram: the logarithm of each token's probability, 0 for special tokens. Empty for other models.</summary>
    public IReadOnlyList<double> Scores => _model is TrainedUnigram unigram ? unigram.Scores : [];

    /// <summary>Writes <c>tokenizer.json</c>. The file appears under its name only when it is whole.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public void Save(string path) => ToTokenizer().Save(path);

    /// <summary>The contents of <c>tokenizer.json</c>, as HF tokenizers reads them.</summary>
    public byte[] ToJson() => ToTokenizer().ToJson();

    /// <summary>The tokenizer, ready to encode.</summary>
    public Tokenizer ToTokenizer() => new(new TokenizerPipeline
    {
        // An unknown token that is not a special one comes before them.
        AddedTokens = [.. Tokens.Index().SkipWhile(token => !Options.SpecialTokens.Contains(token.Item)).Take(Options.SpecialTokens.Count)
            .Select(token => new AddedToken(token.Index, token.Item, Special: true))],
        Normalizer = _parts.Normalizer,
        PreTokenizer = _parts.PreTokenizer,
        Model = _model.ToModel(),
        PostProcessor = _parts.PostProcessorFor(Tokens.Index().ToDictionary(token => token.Item, token => token.Index)),
        Decoder = _parts.Decoder,
    });
}
