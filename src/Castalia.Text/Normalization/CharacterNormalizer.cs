using System.Buffers;
using Castalia.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>A normalizer that looks at one code point at a time: it keeps it, takes it out, or writes another, whatever stands around it.</summary>
internal abstract class CharacterNormalizer : Normalizer
{
    /// <summary>What <see cref="Map"/> gives for a code point that is taken out.</summary>
    protected const int Nothing = -1;

    public override bool IsLocal => true;

    public override bool LeavesAsIs(ReadOnlySpan<byte> text) => FirstChange(text, 0) == text.Length;

    public override void Normalize(NormalizedText text)
    {
        text.BeginRewrite();
        for (int at = 0; (at = FirstChange(text.Bytes, at)) < text.Length;)
        {
            text.Keep(at - text.Position);
            int codePoint = CodePoint.At(text.Bytes, at, out int length);
            at += length;
            int mapped = Map(codePoint);
            if (mapped == Nothing)
            {
                text.Skip(length);
                continue;
            }
            text.Replace(mapped);
            if (Addition(codePoint) is int added && added != Nothing)
                text.Insert(added);
        }
        text.EndRewrite();
    }

    /// <summary>What is written for a code point: itself, another, or <see cref="Nothing"/>.</summary>
    protected abstract int Map(int codePoint);

    /// <summary>What is put in after that.</summary>
    protected virtual int Addition(int codePoint) => Nothing;

    /// <summary>The bytes to stop at (see <see cref="StopAt"/>).</summary>
    protected abstract SearchValues<byte> Stops { get; }

    /// <summary>The bytes of some ASCII characters, those that change, and all bytes that are not ASCII.</summary>
    protected static SearchValues<byte> StopAt(Func<char, bool> changes) =>
        SearchValues.Create([.. Enumerable.Range(0, 256).Where(value => value >= 0x80 || changes((char)value)).Select(value => (byte)value)]);

    /// <summary>The place of the first code point from a place on that does not stay as it is; the text's length where all do.</summary>
    private int FirstChange(ReadOnlySpan<byte> text, int from)
    {
        for (int at = from; at < text.Length;)
        {
            if (text[at] < 0x80)
            {
                int run = text[at..].IndexOfAny(Stops);
                if (run < 0)
                    break;
                at += run;
            }
            int codePoint = CodePoint.At(text, at, out int length);
            if (Map(codePoint) != codePoint)
                return at;
            at += length;
        }
        return text.Length;
    }
}
