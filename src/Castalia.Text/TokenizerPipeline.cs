using Castalia.Text.AddedTokens;
using Castalia.Text.Bpe;
using Castalia.Text.Decoding;
using Castalia.Text.Models;
using Castalia.Text.Normalization;
using Castalia.Text.PostProcessing;
using Castalia.Text.PreTokenization;

namespace Castalia.Text;

/// <summary>The parts of a tokenizer, in the order in which text passes them. Shared by all encoders, changed by none.</summary>
internal sealed record TokenizerPipeline
{
    /// <summary>The added tokens in order of id.</summary>
    public required AddedToken[] AddedTokens { get; init; }

    /// <summary>Null for none.</summary>
    public Normalizer? Normalizer { get; init; }

    /// <summary>Null for none: what is between added tokens is one piece.</summary>
    public PreTokenizer? PreTokenizer { get; init; }

    /// <summary>Turns pieces into tokens.</summary>
    public required TokenModel Model { get; init; }

    /// <summary>Null for none.</summary>
    public PostProcessor? PostProcessor { get; init; }

    /// <summary>Null for none: tokens are joined by spaces.</summary>
    public Decoder? Decoder { get; init; }

    /// <summary>How encodings are cut; null for not at all.</summary>
    public TruncationOptions? Truncation { get; init; }

    /// <summary>How encodings are filled up; null for not at all.</summary>
    public PaddingOptions? Padding { get; init; }
}

/// <summary>What encoders need of a tokenizer's parts, worked out once.</summary>
internal sealed class EncodingPlan
{
    private readonly PreTokenizer[] _parts;
    private readonly ByteLevelPreTokenizer? _byteLevel;

    public EncodingPlan(TokenizerPipeline pipeline)
    {
        Normalizer = pipeline.Normalizer;
        Model = pipeline.Model;
        RawTokens = new AddedTokenMatcher(pipeline.AddedTokens.Where(token => !token.Normalized), null);
        NormalizedTokens = new AddedTokenMatcher(pipeline.AddedTokens.Where(token => token.Normalized), pipeline.Normalizer);
        _parts = [.. PreTokenizerSequence.Flatten(pipeline.PreTokenizer)];
        // A byte-level model whose alphabet is whole works on the bytes themselves; they need not be written as characters first.
        if (pipeline.Model is BpeModel { Bytes: { } bytes } && PreTokenizerSequence.BeforeByteLevel(pipeline.PreTokenizer) is (var before, { } last))
        {
            (Bytes, _byteLevel, _parts) = (bytes, last, before);
            if (!last.AddPrefixSpace && _parts.All(part => part.Scanner is not null) && _parts.Length < WordCursor.MostScanners)
                Scanners = [.. _parts.Select(part => part.Scanner!), .. last.UseRegex ? [new Gpt2Scanner()] : Array.Empty<WordScanner>()];
        }
        CutsBeforeSpaceAfterLetter = pipeline.PreTokenizer is { CutsBeforeSpaceAfterLetter: true, IsLocal: true };
        NeedsOrigins = _parts.Any(part => part.NeedsOrigins);
        (Prefix, Suffix) = ([], []);
        IdsNeedWholeEncoding = pipeline.Truncation is not null || pipeline.Padding is not null;
        if (pipeline.PostProcessor is null)
            return;
        IdsNeedWholeEncoding |= !pipeline.PostProcessor.TryAffixes(out int[] prefix, out int[] suffix);
        (Prefix, Suffix) = (prefix, suffix);
    }

    /// <summary>Finds added tokens in the raw text.</summary>
    public AddedTokenMatcher RawTokens { get; }

    /// <summary>Null for none.</summary>
    public Normalizer? Normalizer { get; }

    /// <summary>Finds added tokens in the normalized text.</summary>
    public AddedTokenMatcher NormalizedTokens { get; }

    /// <summary>Turns pieces into tokens.</summary>
    public TokenModel Model { get; }

    /// <summary>The model where it works on bytes; null where it works on characters.</summary>
    public ByteLevelBpe? Bytes { get; }

    /// <summary>Where cutting is all that the pre-tokenizer does: the scanners that say where, in sequence. Null otherwise.</summary>
    public WordScanner[]? Scanners { get; }

    /// <summary>What may cut pieces further where only ids are asked for (see <see cref="TokenModel.Cuts"/>); null for nothing.</summary>
    public WordScanner? Cuts => Bytes is null ? Model.Cuts : null;

    /// <summary>Whether the pre-tokenizer always cuts between a letter and a space that follows it, and looks no further.</summary>
    public bool CutsBeforeSpaceAfterLetter { get; }

    /// <summary>Whether the pre-tokenizer has to know where in the original text a piece begins.</summary>
    public bool NeedsOrigins { get; }

    /// <summary>Tokens that the post-processor puts in front of a single text.</summary>
    public int[] Prefix { get; }

    /// <summary>Tokens that the post-processor puts at the end of a single text.</summary>
    public int[] Suffix { get; }

    /// <summary>Whether even the ids alone have to be taken from a whole encoding: it is cut, filled up, or put together in some odd way.</summary>
    public bool IdsNeedWholeEncoding { get; }

    /// <summary>Cuts, and rewrites, a text into pieces for the model.</summary>
    public void PreTokenize(PreTokenizedText text)
    {
        foreach (PreTokenizer part in _parts)
            part.PreTokenize(text);
        _byteLevel?.PreTokenizeBytes(text);
    }

    /// <summary>A new encoder of pieces: over bytes or over characters, as <see cref="PreTokenize"/> leaves them.</summary>
    public PieceEncoder CreateEncoder() => Bytes is not null ? Bytes.CreateEncoder() : Model.CreateEncoder();
}
