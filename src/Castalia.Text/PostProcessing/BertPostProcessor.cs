using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.PostProcessing;

/// <summary>HF's BertProcessing: <c>[CLS] A [SEP]</c>, and for pairs <c>[CLS] A [SEP] B [SEP]</c> with segments 0 and 1 (Devlin et al. 2018).</summary>
internal sealed class BertPostProcessor(MarkedToken separator, MarkedToken classifier) : PostProcessor
{
    /// <summary>Reads the part.</summary>
    public static BertPostProcessor Read(JsonPart part) => new(MarkedToken.Read(part.Get("sep")), MarkedToken.Read(part.Get("cls")));

    public override IEnumerable<MarkedToken> Tokens => [classifier, separator];

    public override PostProcessor WithIds(Func<string, int> idOf) => new BertPostProcessor(separator.WithId(idOf), classifier.WithId(idOf));

    public override int AddedTokens(bool pair) => pair ? 3 : 2;

    public override List<TokenEncoding> Process(List<TokenEncoding> encodings, bool addSpecialTokens)
    {
        if (!addSpecialTokens)
            return NumberSequences(encodings);
        List<TokenEncoding> parts = [];
        for (int i = 0; i < encodings.Count; i++)
        {
            if (i == 0)
                parts.Add(classifier.ToEncoding(0));
            SetTypes(encodings[i], i == 0 ? 0 : 1);
            encodings[i].SetSequence(i);
            parts.Add(encodings[i]);
            parts.Add(separator.ToEncoding(i == 0 ? 0 : 1));
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
        json.WriteString("type", "BertProcessing");
        separator.Write(json, "sep");
        classifier.Write(json, "cls");
        json.WriteEndObject();
    }

    private static void SetTypes(TokenEncoding encoding, int type)
    {
        encoding.SetType(type);
        foreach (TokenEncoding part in encoding.Overflowing)
            part.SetType(type);
    }
}
