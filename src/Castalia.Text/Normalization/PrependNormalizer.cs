using System.Text;
using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Normalization;

/// <summary>HF's Prepend: puts something in front of what stands between added tokens, where that is not empty.</summary>
internal sealed class PrependNormalizer(string prepend) : Normalizer
{
    private readonly byte[] _content = Encoding.UTF8.GetBytes(prepend);

    /// <summary>Reads the part.</summary>
    public static PrependNormalizer Read(JsonPart part) => new(part.Get("prepend").Text());

    public override bool LeavesAsIs(ReadOnlySpan<byte> text) => text.IsEmpty;

    public override void Normalize(NormalizedText text)
    {
        if (text.Length == 0)
            return;
        text.BeginRewrite();
        if (_content.Length > 0)
            text.PrependToNext(_content);
        else
            InsertFirst(text);
        text.EndRewrite();
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Prepend");
        json.WriteString("prepend", prepend);
        json.WriteEndObject();
    }

    /// <summary>HF takes the first character out and puts it in again after the content: with none it then comes from nothing.</summary>
    private static void InsertFirst(NormalizedText text)
    {
        text.Insert(Unicode.CodePoint.At(text.Bytes, 0, out int length));
        text.Skip(length);
    }
}
