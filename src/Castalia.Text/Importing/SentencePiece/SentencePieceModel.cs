namespace Castalia.Text.Importing;

/// <summary>What a SentencePiece model says, from its own file or from a GGUF.</summary>
internal sealed record SentencePieceModel
{
    /// <summary>The file, for complaints.</summary>
    public required string File { get; init; }

    /// <summary>How text becomes pieces.</summary>
    public required SentencePieceAlgorithm Algorithm { get; init; }

    /// <summary>The pieces; a piece's id is its place.</summary>
    public required IReadOnlyList<SentencePiece> Pieces { get; init; }

    /// <summary>The rules that rewrite characters, compiled; null for none.</summary>
    public CharsMap? CharsMap { get; init; }

    /// <summary>Whether a space is put in front of the text (or at its end, see <see cref="WhitespaceAsSuffix"/>).</summary>
    public bool AddDummyPrefix { get; init; } = true;

    /// <summary>Whether spaces at both ends go, and of several in a row all but one.</summary>
    public bool RemoveExtraWhitespaces { get; init; } = true;

    /// <summary>Whether spaces are written as U+2581.</summary>
    public bool EscapeWhitespaces { get; init; } = true;

    /// <summary>Whether the space that is put in stands at the end.</summary>
    public bool WhitespaceAsSuffix { get; init; }

    /// <summary>Whether characters that no piece has become the pieces of their bytes.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>What the unknown piece is decoded to.</summary>
    public string UnknownSurface { get; init; } = " \u2047 ";

    /// <summary>The id of the unknown piece.</summary>
    public int UnknownId => Pieces.TakeWhile(piece => piece.Kind != SentencePieceKind.Unknown).Count();
}

/// <summary>How a SentencePiece model makes pieces of text; the numbers are those of its file.</summary>
internal enum SentencePieceAlgorithm
{
    /// <summary>The pieces whose scores sum to most.</summary>
    Unigram = 1,
    /// <summary>Characters joined, the pair that makes the piece of the highest score first.</summary>
    Bpe = 2,
    /// <summary>Words as they stand.</summary>
    Word = 3,
    /// <summary>Characters.</summary>
    Char = 4,
}

/// <summary>What a piece is; the numbers are those of the file, and of GGUF's token types.</summary>
internal enum SentencePieceKind
{
    /// <summary>Text.</summary>
    Normal = 1,
    /// <summary>What stands for text that there is no piece for.</summary>
    Unknown = 2,
    /// <summary>A mark that no text gives: <c>&lt;s&gt;</c>.</summary>
    Control = 3,
    /// <summary>Text that is always this one piece.</summary>
    UserDefined = 4,
    /// <summary>Text, but the piece is not to be used.</summary>
    Unused = 5,
    /// <summary>A byte: <c>&lt;0x0A&gt;</c>.</summary>
    Byte = 6,
}

/// <summary>One piece.</summary>
/// <param name="Text">Its text, spaces as U+2581.</param>
/// <param name="Score">Its log-probability, or for BPE its rank negated.</param>
/// <param name="Kind">What it is.</param>
internal readonly record struct SentencePiece(string Text, float Score, SentencePieceKind Kind)
{
    /// <summary>Whether text can become this piece by what it spells.</summary>
    public bool IsText => Kind is SentencePieceKind.Normal or SentencePieceKind.UserDefined or SentencePieceKind.Unused;

    /// <summary>The byte that the name of a byte piece names; -1 where it names none.</summary>
    public int Byte => Text is ['<', '0', 'x', _, _, '>'] && byte.TryParse(Text.AsSpan(3, 2), System.Globalization.NumberStyles.AllowHexSpecifier,
        System.Globalization.CultureInfo.InvariantCulture, out byte value) && Text == $"<0x{value:X2}>" ? value : -1;
}
