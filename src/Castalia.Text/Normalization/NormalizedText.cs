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

    private byte[] _bytes = new byte[256], _output = new byte[256];
    private OriginalRange[] _origins = [], _outputOrigins = [];
    private int _outputLength;

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
        Length = 0;
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
        Reserve(ref _output, _outputLength, bytes);
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
    public void Insert(int codePoint) => Write(codePoint, Tracked && Position > 0 ? _origins[Position - 1] : default);

    /// <summary>Writes text in the place of the next bytes as HF's <c>replace</c> does: those go, the text is put in after them.</summary>
    /// <param name="bytes">How many bytes go; whole code points.</param>
    /// <param name="content">Valid UTF-8.</param>
    public void Substitute(int bytes, ReadOnlySpan<byte> content)
    {
        Position += bytes;
        Reserve(ref _output, _outputLength, content.Length);
        content.CopyTo(_output.AsSpan(_outputLength));
        if (Tracked)
        {
            Reserve(ref _outputOrigins, _outputLength, content.Length);
            _outputOrigins.AsSpan(_outputLength, content.Length).Fill(Position > 0 ? _origins[Position - 1] : default);
        }
        _outputLength += content.Length;
    }

    /// <summary>
    /// Puts text in front of the next code point as HF's <c>prepend</c> does: both then come from where that one came from.
    /// </summary>
    public void PrependToNext(ReadOnlySpan<byte> content)
    {
        Reserve(ref _output, _outputLength, content.Length);
        content.CopyTo(_output.AsSpan(_outputLength));
        if (Tracked)
        {
            Reserve(ref _outputOrigins, _outputLength, content.Length);
            _outputOrigins.AsSpan(_outputLength, content.Length).Fill(_origins[Position]);
        }
        _outputLength += content.Length;
    }

    /// <summary>Ends a rewriting: what was not passed is kept, and what was written is now the text.</summary>
    public void EndRewrite()
    {
        Keep(Length - Position);
        (_bytes, _output) = (_output, _bytes);
        (_origins, _outputOrigins) = (_outputOrigins, _origins);
        Length = _outputLength;
    }

    private void Write(int codePoint, OriginalRange origin)
    {
        Reserve(ref _output, _outputLength, 4);
        int size = new System.Text.Rune(codePoint).EncodeToUtf8(_output.AsSpan(_outputLength));
        if (Tracked)
        {
            Reserve(ref _outputOrigins, _outputLength, 4);
            _outputOrigins.AsSpan(_outputLength, size).Fill(origin);
        }
        _outputLength += size;
    }

    private static void Reserve<T>(ref T[] array, int used, int more)
    {
        if (more > array.Length - used)
            Array.Resize(ref array, (int)Math.Min(Array.MaxLength, Math.Max(array.Length * 2L, (long)used + more)));
    }
}

/// <summary>A range of the original text, in bytes.</summary>
internal readonly record struct OriginalRange(int Start, int End);
