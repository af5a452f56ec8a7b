namespace Castalia.Text;

/// <summary>How a tokenizer is trained. The defaults are those of HF's trainers, but for the alphabet and the end-of-text token.</summary>
public sealed record TrainerOptions
{
    /// <summary>What kind of vocabulary is made.</summary>
    public TrainedModelKind Model { get; init; } = TrainedModelKind.Bpe;

    /// <summary>
    /// How many tokens there shall be, special ones and the alphabet included (HF's default for Unigram: 8000). Fewer come out where nothing
    /// more is found.
    /// </summary>
    public int VocabularySize { get; init; } = 30_000;

    /// <summary>How often a pair (BPE, WordPiece) or a word (WordLevel) has to occur to become a token; 0 counts as 1.</summary>
    public long MinFrequency { get; init; }

    /// <summary>Special tokens; they get the first ids, in this order.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = ["<|endoftext|>"];

    /// <summary>
    /// The token for what the vocabulary lacks; put first where it is not among the special tokens. Null for HF's default: none for BPE and
    /// Unigram; the name [UNK] for WordPiece and &lt;unk&gt; for WordLevel, whether or not there is such a token.
    /// </summary>
    public string? UnknownToken { get; init; }

    /// <summary>
    /// Whether the alphabet is all 256 bytes, so that any text can be encoded, or only the bytes that were seen (HF when nothing is
    /// said: bytes that were not seen are then lost in encoding). WordLevel has no alphabet.
    /// </summary>
    public bool AllBytes { get; init; } = true;

    /// <summary>Characters that belong to the alphabet whether or not they are seen.</summary>
    public string InitialAlphabet { get; init; } = "";

    /// <summary>
    /// BPE and WordPiece: the most characters in the alphabet; the rarest are left out, of equally rare ones the larger code points. Null for
    /// no limit.
    /// </summary>
    public int? LimitAlphabet { get; init; }

    /// <summary>
    /// BPE and WordPiece: pairs whose token would have this many characters (bytes, where text is cut into bytes) or more are not merged;
    /// those of two always are. Null for no limit.
    /// </summary>
    public int? MaxTokenLength { get; init; }

    /// <summary>BPE and WordPiece: what is put before a token that does not begin a word. Null for none, but ## for WordPiece.</summary>
    public string? ContinuingSubwordPrefix { get; init; }

    /// <summary>BPE and WordPiece: what is put behind a token that ends a word. Null for none.</summary>
    public string? EndOfWordSuffix { get; init; }

    /// <summary>
    /// BPE and Unigram: whether characters outside the vocabulary are encoded as bytes, with 256 tokens &lt;0x00&gt; to &lt;0xFF&gt; after the
    /// special ones.
    /// </summary>
    public bool ByteFallback { get; init; }

    /// <summary>Unigram: how many pieces there are at first, those of one character included.</summary>
    public int SeedSize { get; init; } = 1_000_000;

    /// <summary>Unigram: the most characters of a piece.</summary>
    public int MaxPieceLength { get; init; } = 16;

    /// <summary>Unigram: the part of the pieces that each pruning keeps.</summary>
    public double ShrinkingFactor { get; init; } = 0.75;

    /// <summary>Unigram: how often the pieces' probabilities are estimated between prunings.</summary>
    public int SubIterations { get; init; } = 2;

    /// <summary>
    /// A tokenizer file or folder whose normalizer, pre-tokenizer, post-processor and decoder are taken over, so that texts are cut into words
    /// as it cuts them: into bytes where it ends by ByteLevel, else into characters. Null for byte-level by the pattern.
    /// </summary>
    public string? Template { get; init; }

    /// <summary>How text is cut into words, without a template.</summary>
    public WordPattern Pattern { get; init; } = WordPattern.Gpt2;

    /// <summary>Whether, without a template, text is brought into normalization form C first, as GPT-NeoX-20B does. Decoding then gives the normalized text.</summary>
    public bool Nfc { get; init; }

    /// <summary>Threads that are used; 0 for as many as there are cores. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Bytes that counting words may take; counts beyond go to temporary files. The result does not depend on it.</summary>
    public long CountMemory { get; init; } = 512L << 20;

    /// <summary>Where temporary files go; null for the system's place.</summary>
    public string? TemporaryFolder { get; init; }

    /// <summary>What is put before tokens within words.</summary>
    internal string PrefixInUse => ContinuingSubwordPrefix ?? (Model == TrainedModelKind.WordPiece ? "##" : "");

    /// <summary>The tokens with the first ids: an unknown token that is not among the special ones, those, and bytes to fall back on.</summary>
    internal IReadOnlyList<string> FirstTokens =>
    [
        .. UnknownToken is not null && !SpecialTokens.Contains(UnknownToken) ? [UnknownToken] : (string[])[],
        .. SpecialTokens,
        .. ByteFallback ? Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>") : [],
    ];

    /// <summary>Refuses what no training could do.</summary>
    internal void Check()
    {
        foreach (string special in SpecialTokens)
        {
            if (special.Length == 0 || SpecialTokens.Count(other => other == special) > 1)
                throw Wrong("special tokens", $"\"{special}\"", "special tokens have to be different and not empty.", "Give each of them once.");
        }
        if (UnknownToken?.Length == 0)
            throw Wrong("unknown token", null, "it is empty.", "Give it a name, or leave it out.");
        if (ByteFallback && Model is not (TrainedModelKind.Bpe or TrainedModelKind.Unigram))
            throw Wrong("byte fallback", null, $"{Model} cannot fall back to bytes.", "Use bpe or unigram, or leave it out.");
        if (Model == TrainedModelKind.Unigram && !(ShrinkingFactor is > 0 and < 1))
            throw Wrong("shrinking factor", null, $"expected more than 0 and less than 1, found {ShrinkingFactor}.", "0.75 is usual.");
        if (Model == TrainedModelKind.Unigram && (SubIterations < 1 || MaxPieceLength < 1 || SeedSize < 1))
        {
            throw Wrong("unigram", null, "sub-iterations, the length of pieces and the number of seeds have to be at least 1.",
                "Leave them out for the usual values.");
        }
        if (LimitAlphabet < 0 || Threads < 0 || CountMemory < 0)
        {
            throw Wrong("trainer options", null, "the limit of the alphabet, threads and memory cannot be negative.",
                "Leave them out for the usual values.");
        }

        static InputException Wrong(string what, string? place, string problem, string remedy) => new(what, place, problem, remedy);
    }
}

/// <summary>The kinds of vocabularies that can be trained.</summary>
public enum TrainedModelKind
{
    /// <summary>Byte-pair encoding: the most frequent pairs are merged.</summary>
    Bpe,

    /// <summary>Trained as BPE with ## before tokens within words; encodes by longest match, as BERT does.</summary>
    WordPiece,

    /// <summary>Whole words, the most frequent first.</summary>
    WordLevel,

    /// <summary>Pieces with probabilities, by expectation maximization and pruning, as SentencePiece does.</summary>
    Unigram,
}

/// <summary>The patterns by which tokenizers cut text into words.</summary>
public enum WordPattern
{
    /// <summary>GPT-2's, also that of GPT-NeoX-20B and Pythia.</summary>
    Gpt2,

    /// <summary>That of cl100k, Llama 3 and dolma2: up to three digits a word, line breaks with what they follow.</summary>
    Cl100k,
}
