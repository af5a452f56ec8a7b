using Castalia.Formats;
using Castalia.Text.TokenizerJson;
using Castalia.Text.Training;

namespace Castalia.Text;

/// <summary>What training a tokenizer gave.</summary>
public sealed class TrainedTokenizer
{
    internal TrainedTokenizer(TrainerOptions options, TrainedModel model) => (Options, Model) = (options, model);

    /// <summary>How it was trained.</summary>
    public TrainerOptions Options { get; }

    /// <summary>The token of each id: special tokens come first; for BPE and WordPiece the alphabet and then what the merges made.</summary>
    public IReadOnlyList<string> Tokens => Model.Tokens;

    /// <summary>BPE: the merges in order, the two tokens of each. Empty for other models.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges => Model is TrainedBpe bpe ? bpe.Merges : [];

    /// <summary>Unigram: the logarithm of each token's probability, 0 for special tokens. Empty for other models.</summary>
    public IReadOnlyList<double> Scores => Model is TrainedUnigram unigram ? unigram.Scores : [];

    internal TrainedModel Model { get; }

    /// <summary>Writes <c>tokenizer.json</c>. The file appears under its name only when it is whole.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.WriteAllBytes(path, ToJson());

    /// <summary>The contents of <c>tokenizer.json</c>, as HF tokenizers reads them.</summary>
    public byte[] ToJson() => TokenizerJsonWriter.Write(this);

    /// <summary>The tokenizer, ready to encode.</summary>
    public Tokenizer ToTokenizer() => Tokenizer.Parse(ToJson());
}
