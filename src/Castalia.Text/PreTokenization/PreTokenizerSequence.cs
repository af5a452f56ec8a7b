using System.Text.Json;

namespace Castalia.Text.PreTokenization;

/// <summary>Pre-tokenizers one after the other.</summary>
internal sealed class PreTokenizerSequence(IReadOnlyList<PreTokenizer> parts) : PreTokenizer
{
    /// <summary>The parts in order.</summary>
    public IReadOnlyList<PreTokenizer> Parts => parts;

    public override bool CutsBeforeSpaceAfterLetter => parts.Any(part => part.CutsBeforeSpaceAfterLetter);

    public override void PreTokenize(PreTokenizedText text)
    {
        foreach (PreTokenizer part in parts)
            part.PreTokenize(text);
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        foreach (PreTokenizer part in parts)
            part.Write(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
