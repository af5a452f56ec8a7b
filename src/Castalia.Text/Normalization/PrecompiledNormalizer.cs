using System.Text.Json;
using Castalia.Text.TokenizerJson;
using Castalia.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>
/// HF's Precompiled: replaces characters by the map that a SentencePiece model carries. Grapheme clusters of up to five bytes are looked up
/// as a whole; where that finds nothing, and in longer ones, each code point is. (SentencePiece itself replaces the longest key at each place.)
/// </summary>
internal sealed class PrecompiledNormalizer : Normalizer
{
    private const int LongestCluster = 5;

    private readonly byte[] _contents;
    private readonly PrecompiledCharsmap _map;

    private PrecompiledNormalizer(byte[] contents, PrecompiledCharsmap map) => (_contents, _map) = (contents, map);

    /// <summary>Reads the part.</summary>
    public static PrecompiledNormalizer Read(JsonPart part)
    {
        JsonPart map = part.Get("precompiled_charsmap");
        byte[] contents;
        try
        {
            contents = Convert.FromBase64String(map.Text());
        }
        catch (FormatException)
        {
            throw map.Fail("expected base64.");
        }
        return new PrecompiledNormalizer(contents, PrecompiledCharsmap.Parse(contents)
            ?? throw map.Fail("this is no map of SentencePiece: it is cut short, has no array, or its replacements are not UTF-8."));
    }

    public override bool LeavesAsIs(ReadOnlySpan<byte> text) => text.IndexOfAny(_map.FirstBytes) < 0;

    public override void Normalize(NormalizedText text)
    {
        text.BeginRewrite();
        Writer writer = new(text);
        ReadOnlySpan<byte> bytes = text.Bytes;
        for (int at = 0; at < bytes.Length;)
        {
            int end = ClusterEnd(bytes, at);
            if (end - at > LongestCluster || !TryWrite(bytes[at..end], ref writer))
                WriteEach(bytes[at..end], ref writer);
            at = end;
        }
        writer.Finish();
        text.EndRewrite();
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Precompiled");
        json.WriteBase64String("precompiled_charsmap", _contents);
        json.WriteEndObject();
    }

    private static int ClusterEnd(ReadOnlySpan<byte> text, int at)
    {
        // Between ASCII characters there is always an end, but for CR and LF.
        bool alone = text[at] < 0x80 && (at + 1 == text.Length || (text[at + 1] < 0x80 && text[at + 1] != '\n'));
        return alone ? at + 1 : GraphemeClusters.End(text, at);
    }

    private void WriteEach(ReadOnlySpan<byte> cluster, ref Writer writer)
    {
        for (int at = 0; at < cluster.Length;)
        {
            int codePoint = CodePoint.At(cluster, at, out int length);
            if (!TryWrite(cluster.Slice(at, length), ref writer))
                writer.Add(codePoint, 0);
            at += length;
        }
    }

    private bool TryWrite(ReadOnlySpan<byte> stretch, ref Writer writer)
    {
        if (!_map.TryReplace(stretch, out ReadOnlySpan<byte> replacement))
            return false;
        // The first code points take the place of those in the stretch, one each; of the others more are put in, or more are left out.
        int more = Count(replacement) - Count(stretch), left = Count(stretch);
        for (int at = 0; at < replacement.Length; left--)
        {
            writer.Add(CodePoint.At(replacement, at, out int length), left > 0 ? 0 : 1);
            at += length;
        }
        if (more < 0)
            writer.ChangeLast(more);
        return true;
    }

    private static int Count(ReadOnlySpan<byte> text)
    {
        int count = 0;
        foreach (byte value in text)
            count += (value & 0xC0) != 0x80 ? 1 : 0;
        return count;
    }

    /// <summary>
    /// Writes code points with their numbers (see <see cref="NormalizedText.Apply"/>), the last one only when the next has come: what is left
    /// out is put to its account. At the very start there is none, and HF forgets it: what follows then comes from earlier places.
    /// </summary>
    private ref struct Writer(NormalizedText text)
    {
        private int _point, _change;
        private bool _any;

        public void Add(int codePoint, int change)
        {
            if (_any)
                text.Apply(_point, _change);
            (_point, _change, _any) = (codePoint, change, true);
        }

        public void ChangeLast(int change) => _change += change;

        public void Finish()
        {
            if (_any)
                text.Apply(_point, _change);
            text.Skip(text.Length - text.Position);
        }
    }
}
