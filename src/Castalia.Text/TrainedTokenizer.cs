using Castalia.Text.Bpe;
using Castalia.Text.Decoding;
using Castalia.Text.Normalization;
using Castalia.Text.PostProcessing;
using Castalia.Text.PreTokenization;

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
    public void Save(string path) => ToTokenizer().Save(path);

    /// <summary>The contents of <c>tokenizer.json</c>, as HF tokenizers reads them.</summary>
    public byte[] ToJson() => ToTokenizer().ToJson();

    /// <summary>The tokenizer, ready to encode.</summary>
    public Tokenizer ToTokenizer()
    {
        Dictionary<string, int> ids = new(Tokens.Count);
        for (int id = 0; id < Tokens.Count; id++)
            ids.Add(Tokens[id], id);
        return new Tokenizer(new TokenizerPipeline
        {
            AddedTokens = [.. Options.SpecialTokens.Select((token, id) => new AddedToken(id, token, Special: true))],
            Normalizer = Options.Nfc ? UnicodeFormNormalizer.Nfc() : null,
            PreTokenizer = Options.Pattern == WordPattern.Gpt2
                ? new ByteLevelPreTokenizer(addPrefixSpace: false, trimOffsets: true, useRegex: true)
                : new PreTokenizerSequence([
                    SplitPreTokenizer.Isolating(Cl100kScanner.Pattern),
                    new ByteLevelPreTokenizer(addPrefixSpace: false, trimOffsets: true, useRegex: false)]),
            Model = new BpeModel(ids, [.. Merges], new BpeFlags()),
            PostProcessor = new ByteLevelPostProcessor(addPrefixSpace: false, trimOffsets: true, useRegex: true),
            Decoder = new ByteLevelDecoder(addPrefixSpace: false, trimOffsets: true, useRegex: true),
        });
    }
}
