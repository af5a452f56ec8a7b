using System.Text.Json;

namespace Castalia.Text.PostProcessing;

/// <summary>Post-processors one after the other, each working on what the one before made.</summary>
internal sealed class PostProcessorSequence(IReadOnlyList<PostProcessor> parts) : PostProcessor
{
    public override IEnumerable<MarkedToken> Tokens => parts.SelectMany(part => part.Tokens);

    public override PostProcessor WithIds(Func<string, int> idOf) => new PostProcessorSequence([.. parts.Select(part => part.WithIds(idOf))]);

    public override int AddedTokens(bool pair) => parts.Sum(part => part.AddedTokens(pair));

    public override List<TokenEncoding> Process(List<TokenEncoding> encodings, bool addSpecialTokens)
    {
        foreach (PostProcessor part in parts)
            encodings = part.Process(encodings, addSpecialTokens);
        return encodings;
    }

    public override bool TryAffixes(out int[] prefix, out int[] suffix)
    {
        (prefix, suffix) = ([], []);
        foreach (PostProcessor part in parts)
        {
            if (!part.TryAffixes(out int[] front, out int[] back) || (prefix.Length + suffix.Length > 0 && front.Length + back.Length > 0))
                return false;
            if (front.Length + back.Length > 0)
                (prefix, suffix) = (front, back);
        }
        return true;
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("processors");
        foreach (PostProcessor part in parts)
            part.Write(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
