using Castalia.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>
/// A text that normalizers and pre-tokenizers rewrite, and, where that is asked for, what every byte of it comes from: the range of the
/// original text. A rewriting goes over the text once from its start: between <see cref="BeginRewrite"/> and <see cref="EndRewrite"/> each
/// code point is kept, replaced or skipped, and others may be put in between. The rules of alignment are those of HF's NormalizedString:
/// what replaces a character comes from where that came from; what is put in comes from where the byte before it came from.
/// </summary>
internal sealed class NormalizedText
{
    private const int Kept = 1 << 22;

    /// <summary>A text grows to so many times its length, and this beyond; what grows further is an attack.</summary>
    private const int MostGrowth = 64, MostBeyond = 1 << 20;

    private byte[] _bytes = new byte[256], _output = new byte[256];
    private OriginalRange[] _origins = [], _outputOrigins = [];
    private int _outputLength, _start;
    private long _most = MostBeyond;

    /// <summary>Whether alignments are kept.</summary>
    public bool Tracked { get; private set; }

    /// <summary>How many bytes the text has now.</summary>
    public int Length { get; private set; }

    /// <summary>The text as it is now, valid UTF-8; during a rewriting, as it was before. Good until the next change.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>How many bytes of the text the rewriting has passed.</summary>
    public int Position { get; private set; }

    /// <summary>How many bytes the rewriting has written.</summary>
    public int OutputLength => _outputLength;

    /// <summary>Empties it.</summary>
    /// <param name="tracked">Whether alignments shall be kept.</param>
    public void Clear(bool tracked)
    {
        Tracked = tracked;
        (Length, _most) = (0, MostBeyond);
        if (_bytes.Length <= Kept && _output.Length <= Kept)
            return;
        (_bytes, _output) = (new byte[256], new byte[256]);
        (_origins, _outputOrigins) = ([], []);
    }

    /// <summary>Adds a stretch of the original text.</summary>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="originalStart">Where it begins in the original text, in bytes.</param>
    public void Append(ReadOnlySpan<byte> text, int originalStart)
    {
        Reserve(ref _bytes, Length, text.Length);
        if (Length == 0)
            _start = originalStart;
        _most += (long)text.Length * MostGrowth;
        text.CopyTo(_bytes.AsSpan(Length));
        if (Tracked)
        {
            Reserve(ref _origins, Length, text.Length);
            for (int at = 0; at < text.Length;)
            {
                CodePoint.At(text, at, out int size);
                _origins.AsSpan(Length + at, size).Fill(new OriginalRange(originalStart + at, originalStart + at + size));
                at += size;
            }
        }
        Length += text.Length;
    }

    /// <summary>Adds part of another text with its alignments.</summary>
    public void Append(NormalizedText other, int start, int end)
    {
        Reserve(ref _bytes, Length, end - start);
        _most += (long)(end - start) * MostGrowth;
        other._bytes.AsSpan(start..end).CopyTo(_bytes.AsSpan(Length));
        if (Tracked)
        {
            Reserve(ref _origins, Length, end - start);
            other._origins.AsSpan(start..end).CopyTo(_origins.AsSpan(Length));
        }
        Length += end - start;
    }

    /// <summary>What a range of the text comes from, in bytes of the original. Only where alignments are kept and the range is not empty.</summary>
    public OriginalRange OriginOf(int start, int end) => new(_origins[start].Start, _origins[end - 1].End);

    /// <summary>Begins a rewriting. Nothing changes until <see cref="EndRewrite"/>.</summary>
    public void BeginRewrite() => (Position, _outputLength) = (0, 0);

    /// <summary>Takes over the next bytes as they are; whole code points.</summary>
    public void Keep(int bytes)
    {
        ReserveOutput(bytes);
        _bytes.AsSpan(Position, bytes).CopyTo(_output.AsSpan(_outputLength));
        if (Tracked)
        {
            Reserve(ref _outputOrigins, _outputLength, bytes);
            _origins.AsSpan(Position, bytes).CopyTo(_outputOrigins.AsSpan(_outputLength));
        }
        _outputLength += bytes;
        Position += bytes;
    }

    /// <summary>Writes a code point in the place of the next one.</summary>
    public void Replace(int codePoint)
    {
        CodePoint.At(Bytes, Position, out int size);
        Write(codePoint, Tracked ? _origins[Position] : default);
        Position += size;
    }

    /// <summary>Leaves the next bytes out; whole code points.</summary>
    public void Skip(int bytes) => Position += bytes;

    /// <summary>Leaves the next code points out.</summary>
    public void SkipCodePoints(int count)
    {
        for (; count > 0; count--)
        {
            CodePoint.At(Bytes, Position, out int size);
            Position += size;
        }
    }

    /// <summary>Writes a code point that stands for nothing in the text.</summary>
    public void Insert(int codePoint) => Write(codePoint, OriginBefore);

    /// <summary>Writes a code point by the number that HF's normalizers give with each.</summary>
    /// <param name="codePoint">What is written.</param>
    /// <param name="change">
    /// 1 or more: it stands for nothing in the text. Otherwise it stands in the place of the next one, and as many as are missing to 0 are
    /// left out after that.
    /// </param>
    public void Apply(int codePoint, int change)
    {
        if (change > 0)
        {
            Insert(codePoint);
            return;
        }
        Replace(codePoint);
        SkipCodePoints(-change);
    }

    /// <summary>Writes text in the place of the next bytes as HF's <c>replace</c> does: those go, the text is put in after them.</summary>
    /// <param name="bytes">How many bytes go; whole code points.</param>
    /// <param name="content">Valid UTF-8.</param>
    public void Substitute(int bytes, ReadOnlySpan<byte> content)
    {
        Position += bytes;
        Write(content, OriginBefore);
    }

    /// <summary>
    /// Puts text in front of the next code point as HF's <c>prepend</c> does: both then come from where that one came from.
    /// </summary>
    public void PrependToNext(ReadOnlySpan<byte> content) => Write(content, Tracked ? _origins[Position] : default);

    /// <summary>During a rewriting: what the next bytes come from. Nothing where alignments are not kept.</summary>
    public OriginalRange OriginOfNext(int bytes) => Tracked ? OriginOf(Position, Position + bytes) : default;

    /// <summary>During a rewriting: the place in the original where the next byte comes from, as an empty range. Nothing where alignments are not kept.</summary>
    public OriginalRange OriginBetween()
    {
        if (!Tracked || Length == 0)
            return default;
        int place = Position < Length ? _origins[Position].Start : _origins[Length - 1].End;
        return new OriginalRange(place, place);
    }

    /// <summary>Ends a rewriting: what was not passed is kept, and what was written is now the text.</summary>
    public void EndRewrite()
    {
        Keep(Length - Position);
        (_bytes, _output) = (_output, _bytes);
        (_origins, _outputOrigins) = (_outputOrigins, _origins);
        Length = _outputLength;
    }

    /// <summary>What is put in at the very start comes from nothing: an empty range there.</summary>
    private OriginalRange OriginBefore => !Tracked ? default : Position > 0 ? _origins[Position - 1] : new OriginalRange(_start, _start);

    private void Write(int codePoint, OriginalRange origin)
    {
        ReserveOutput(4);
        int size = new System.Text.Rune(codePoint).EncodeToUtf8(_output.AsSpan(_outputLength));
        if (Tracked)
        {
            Reserve(ref _outputOrigins, _outputLength, 4);
            _outputOrigins.AsSpan(_outputLength, size).Fill(origin);
        }
        _outputLength += size;
    }

    /// <summary>Writes text that comes from a range of the original.</summary>
    /// <param name="content">Valid UTF-8.</param>
    /// <param name="origin">The range; what it is does not matter where alignments are not kept.</param>
    public void Write(ReadOnlySpan<byte> content, OriginalRange origin)
    {
        ReserveOutput(content.Length);
        content.CopyTo(_output.AsSpan(_outputLength));
        if (Tracked)
        {
            Reserve(ref _outputOrigins, _outputLength, content.Length);
            _outputOrigins.AsSpan(_outputLength, content.Length).Fill(origin);
        }
        _outputLength += content.Length;
    }

    private void ReserveOutput(int more)
    {
        if (_outputLength + (long)more > Math.Min(_most, Array.MaxLength))
        {
            throw new InputException("text", $"byte {Position} as normalized so far",
                $"the tokenizer makes the text more than {Math.Min(_most, Array.MaxLength)} bytes long, {MostGrowth} times its length.",
                "Take out the normalizer or pre-tokenizer that puts in so much, or cut the text into shorter ones.");
        }
        Reserve(ref _output, _outputLength, more);
    }

    private static void Reserve<T>(ref T[] array, int used, int more)
    {
        if (more > array.Length - used)
            Array.Resize(ref array, (int)Math.Min(Array.MaxLength, Math.Max(array.Length * 2L, (long)used + more)));
    }
}

/// <summary>A range of the original text, in bytes.</summary>
internal readonly record struct OriginalRange(int Start, int End);
