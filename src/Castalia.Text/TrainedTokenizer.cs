using Castalia.Formats;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text;

/// <summary>What training a tokenizer gave.</summary>
public sealed class TrainedTokenizer
{
    private readonly IReadOnlyList<(int Left, int Right)> _merges;

    internal TrainedTokenizer(BpeTrainerOptions options, IReadOnlyList<string> tokens, IReadOnlyList<(int Left, int Right)> merges)
    {
        Options = options;
        Tokens = tokens;
        _merges = merges;
    }

    /// <summary>How it was trained.</summary>
    public BpeTrainerOptions Options { get; }

    /// <summary>The token of each id: special tokens, then the alphabet, then what the merges made.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>The merges in order: the two tokens of each.</summary>
    public IEnumerable<(string Left, string Right)> Merges => _merges.Select(merge => (Tokens[merge.Left], Tokens[merge.Right]));

    /// <summary>Writes <c>tokenizer.json</c>. The file appears under its name only when it is whole.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.WriteAllBytes(path, ToJson());

    /// <summary>The contents of <c>tokenizer.json</c>, as HF tokenizers reads them.</summary>
    public byte[] ToJson() => TokenizerJsonWriter.Write(this);

    /// <summary>The tokenizer, ready to encode.</summary>
    public Tokenizer ToTokenizer() => Tokenizer.Parse(ToJson());
}
