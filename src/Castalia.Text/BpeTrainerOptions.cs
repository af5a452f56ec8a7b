namespace Castalia.Text;

/// <summary>How a byte-level BPE tokenizer is trained. The defaults are those of HF's <c>BpeTrainer</c>, but for the alphabet.</summary>
public sealed record BpeTrainerOptions
{
    /// <summary>How many tokens there shall be, special ones and the alphabet included. Fewer come out where no pair is left to merge.</summary>
    public int VocabularySize { get; init; } = 30_000;

    /// <summary>How often a pair has to occur to be merged; 0 counts as 1.</summary>
    public long MinFrequency { get; init; }

    /// <summary>Special tokens; they get the first ids, in this order.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = ["<|endoftext|>"];

    /// <summary>
    /// Whether the alphabet is all 256 bytes, so that any text can be encoded, or only the bytes that were seen (HF when nothing is
    /// said: bytes that were not seen are then lost in encoding).
    /// </summary>
    public bool AllBytes { get; init; } = true;

    /// <summary>Pairs whose token would have this many bytes or more are not merged (those of two bytes always are); null for no limit.</summary>
    public int? MaxTokenLength { get; init; }

    /// <summary>How text is cut into words.</summary>
    public WordPattern Pattern { get; init; } = WordPattern.Gpt2;

    /// <summary>Whether text is brought into normalization form C first, as GPT-NeoX-20B does. Decoding then gives the normalized text.</summary>
    public bool Nfc { get; init; }

    /// <summary>Threads that count words; 0 for as many as there are cores. The result does not depend on it.</summary>
    public int Threads { get; init; }
}

/// <summary>The patterns by which tokenizers cut text into words.</summary>
public enum WordPattern
{
    /// <summary>GPT-2's, also that of GPT-NeoX-20B and Pythia.</summary>
    Gpt2,

    /// <summary>That of cl100k, Llama 3 and dolma2: up to three digits a word, line breaks with what they follow.</summary>
    Cl100k,
}
