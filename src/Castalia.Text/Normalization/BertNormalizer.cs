using System.Buffers;
using System.Text.Json;
using Castalia.Text.TokenizerJson;
using Castalia.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>HF's BertNormalizer: what BERT does to text before it is cut at spaces and punctuation; four steps, each of them optional.</summary>
/// <param name="cleanText">Takes out control characters, and writes all white space as spaces.</param>
/// <param name="handleChineseChars">Puts spaces around Chinese characters.</param>
/// <param name="stripAccents">Decomposes and takes out nonspacing marks; null: as <paramref name="lowercase"/>.</param>
/// <param name="lowercase">Writes capitals as small letters.</param>
internal sealed class BertNormalizer(bool cleanText, bool handleChineseChars, bool? stripAccents, bool lowercase) : Normalizer
{
    private const string NoPart = "This is a step of BertNormalizer, which writes itself.";

    private readonly NormalizerSequence _steps = new(
    [
        .. cleanText ? [new CleanText()] : Array.Empty<Normalizer>(),
        .. handleChineseChars ? [new SpaceChinese()] : Array.Empty<Normalizer>(),
        .. stripAccents ?? lowercase ? [UnicodeFormNormalizer.Nfd(), new StripNonspacing()] : Array.Empty<Normalizer>(),
        .. lowercase ? [new LowercaseNormalizer()] : Array.Empty<Normalizer>(),
    ]);

    /// <summary>Reads the part.</summary>
    public static BertNormalizer Read(JsonPart part) => new(
        part.Flag("clean_text"),
        part.Flag("handle_chinese_chars"),
        part.Find("strip_accents") is null ? null : part.Flag("strip_accents"),
        part.Flag("lowercase"));

    public override bool IsLocal => true;

    public override bool LeavesAsIs(ReadOnlySpan<byte> text) => _steps.LeavesAsIs(text);

    public override void Normalize(NormalizedText text) => _steps.Normalize(text);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "BertNormalizer");
        json.WriteBoolean("clean_text", cleanText);
        json.WriteBoolean("handle_chinese_chars", handleChineseChars);
        json.WritePropertyName("strip_accents");
        if (stripAccents is bool strip)
            json.WriteBooleanValue(strip);
        else
            json.WriteNullValue();
        json.WriteBoolean("lowercase", lowercase);
        json.WriteEndObject();
    }

    /// <summary>A step, which is no part of its own in a tokenizer's file.</summary>
    private abstract class Step : CharacterNormalizer
    {
        public override void Write(Utf8JsonWriter json) => throw new InvalidOperationException(NoPart);
    }

    private sealed class CleanText : Step
    {
        private const int Replacement = 0xFFFD;

        private static readonly SearchValues<byte> Controls = StopAt(char.IsControl);

        protected override int Map(int codePoint)
        {
            if (codePoint is '\t' or '\n' or '\r')
                return ' ';
            if (codePoint == Replacement || (NormalizationClasses.Of[codePoint] & NormalizationClasses.Control) != 0)
                return Nothing;
            return (CharacterClasses.Of[codePoint] & CharacterClasses.Space) != 0 ? ' ' : codePoint;
        }

        protected override SearchValues<byte> Stops => Controls;
    }

    private sealed class StripNonspacing : Step
    {
        private static readonly SearchValues<byte> NotAscii = StopAt(_ => false);

        protected override int Map(int codePoint) =>
            (NormalizationClasses.Of[codePoint] & NormalizationClasses.NonspacingMark) != 0 ? Nothing : codePoint;

        protected override SearchValues<byte> Stops => NotAscii;
    }

    private sealed class SpaceChinese : Normalizer
    {
        public override bool LeavesAsIs(ReadOnlySpan<byte> text) => FirstChinese(text, 0) == text.Length;

        public override bool IsLocal => true;

        public override void Normalize(NormalizedText text)
        {
            text.BeginRewrite();
            for (int at = 0; (at = FirstChinese(text.Bytes, at)) < text.Length;)
            {
                text.Keep(at - text.Position);
                int character = CodePoint.At(text.Bytes, at, out int length);
                // In HF's eyes it is the first space that takes the character's place.
                text.Replace(' ');
                text.Insert(character);
                text.Insert(' ');
                at += length;
            }
            text.EndRewrite();
        }

        public override void Write(Utf8JsonWriter json) => throw new InvalidOperationException(NoPart);

        private static int FirstChinese(ReadOnlySpan<byte> text, int from)
        {
            // The first of them, U+3400, begins with byte 0xE3.
            for (int at = from; at < text.Length;)
            {
                int lead = text[at..].IndexOfAnyInRange((byte)0xE3, (byte)0xFF);
                if (lead < 0)
                    break;
                at += lead;
                if (IsChinese(CodePoint.At(text, at, out int length)))
                    return at;
                at += length;
            }
            return text.Length;
        }

        /// <summary>The ranges are HF's: U+2B820 to U+2B91F, Chinese too, are not among them.</summary>
        private static bool IsChinese(int codePoint) => codePoint
            is (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF)
            or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0x2F800 and <= 0x2FA1F);
    }
}
