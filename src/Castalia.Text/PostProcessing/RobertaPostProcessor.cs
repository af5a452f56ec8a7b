using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.PostProcessing;

/// <summary>HF's RobertaProcessing: <c>&lt;s&gt; A &lt;/s&gt;</c>, and for pairs <c>&lt;s&gt; A &lt;/s&gt; &lt;/s&gt; B &lt;/s&gt;</c>, all of segment 0.</summary>
internal sealed class RobertaPostProcessor(MarkedToken separator, MarkedToken classifier, bool trimOffsets, bool addPrefixSpace) : PostProcessor
{
    /// <summary>Reads the part.</summary>
    public static RobertaPostProcessor Read(JsonPart part) => new(MarkedToken.Read(part.Get("sep")), MarkedToken.Read(part.Get("cls")),
        part.Flag("trim_offsets", true), part.Flag("add_prefix_space", true));

    public override IEnumerable<MarkedToken> Tokens => [classifier, separator];

    public override PostProcessor WithIds(Func<string, int> idOf) =>
        new RobertaPostProcessor(separator.WithId(idOf), classifier.WithId(idOf), trimOffsets, addPrefixSpace);

    public override int AddedTokens(bool pair) => pair ? 4 : 2;

    public override List<TokenEncoding> Process(List<TokenEncoding> encodings, bool addSpecialTokens)
    {
        foreach (TokenEncoding encoding in encodings)
        {
            if (trimOffsets)
                OffsetTrimming.Trim(encoding, addPrefixSpace);
            encoding.SetType(0);
        }
        if (!addSpecialTokens)
            return NumberSequences(encodings);
        List<TokenEncoding> parts = [];
        for (int i = 0; i < encodings.Count; i++)
        {
            parts.Add((i == 0 ? classifier : separator).ToEncoding(0));
            encodings[i].SetSequence(i);
            foreach (TokenEncoding part in encodings[i].Overflowing)
                part.SetType(0);
            parts.Add(encodings[i]);
            parts.Add(separator.ToEncoding(0));
        }
        return parts;
    }

    public override bool TryAffixes(out int[] prefix, out int[] suffix)
    {
        (prefix, suffix) = ([classifier.Id], [separator.Id]);
        return true;
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "RobertaProcessing");
        separator.Write(json, "sep");
        classifier.Write(json, "cls");
        json.WriteBoolean("trim_offsets", trimOffsets);
        json.WriteBoolean("add_prefix_space", addPrefixSpace);
        json.WriteEndObject();
    }
}
