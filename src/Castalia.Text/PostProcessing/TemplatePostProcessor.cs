using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.PostProcessing;

/// <summary>HF's TemplateProcessing: one template for a text and one for a pair says where texts and special tokens stand, and their segments.</summary>
internal sealed class TemplatePostProcessor : PostProcessor
{
    private readonly Slot[] _single, _pair;
    private readonly SortedDictionary<string, MarkedToken[]> _special;

    private TemplatePostProcessor(Slot[] single, Slot[] pair, SortedDictionary<string, MarkedToken[]> special) =>
        (_single, _pair, _special) = (single, pair, special);

    /// <summary>Reads the part.</summary>
    public static TemplatePostProcessor Read(JsonPart part)
    {
        SortedDictionary<string, MarkedToken[]> special = new(StringComparer.Ordinal);
        foreach (JsonPart token in part.Get("special_tokens").Values())
        {
            int[] ids = [.. token.Get("ids").Items().Select(id => id.Id())];
            string[] names = [.. token.Get("tokens").Items().Select(name => name.Text())];
            if (ids.Length != names.Length)
                throw token.Fail($"there are {ids.Length} ids for {names.Length} tokens.");
            special[token.Get("id").Text()] = [.. names.Zip(ids, (name, id) => new MarkedToken(name, id))];
        }
        Slot[] ReadTemplate(string key) => [.. part.Get(key).Items().Select(slot => ReadSlot(slot, special))];
        Slot[] single = ReadTemplate("single");
        if (single.Any(slot => slot.Sequence == 1))
            throw part.Get("single").Fail("the template for one text names a second one.");
        return new TemplatePostProcessor(single, ReadTemplate("pair"), special);
    }

    public override IEnumerable<MarkedToken> Tokens => _special.Values.SelectMany(tokens => tokens);

    public override PostProcessor WithIds(Func<string, int> idOf)
    {
        SortedDictionary<string, MarkedToken[]> special = new(StringComparer.Ordinal);
        foreach ((string name, MarkedToken[] tokens) in _special)
            special[name] = [.. tokens.Select(token => token.WithId(idOf))];
        return new TemplatePostProcessor(_single, _pair, special);
    }

    public override int AddedTokens(bool pair) => (pair ? _pair : _single).Sum(slot => slot.Special is null ? 0 : _special[slot.Special].Length);

    public override List<TokenEncoding> Process(List<TokenEncoding> encodings, bool addSpecialTokens)
    {
        List<TokenEncoding> parts = [];
        foreach (Slot slot in encodings.Count == 2 ? _pair : _single)
        {
            if (slot.Special is not null)
            {
                if (addSpecialTokens)
                    parts.AddRange(_special[slot.Special].Select(token => token.ToEncoding(slot.Type)));
                continue;
            }
            TokenEncoding encoding = encodings[slot.Sequence].Copy();
            encoding.SetType(slot.Type);
            encoding.SetSequence(slot.Sequence);
            parts.Add(encoding);
        }
        return parts;
    }

    public override bool TryAffixes(out int[] prefix, out int[] suffix)
    {
        int text = Array.FindIndex(_single, slot => slot.Special is null);
        (prefix, suffix) = ([], []);
        if (text < 0 || _single.Count(slot => slot.Special is null) != 1)
            return false;
        prefix = Ids(_single[..text]);
        suffix = Ids(_single[(text + 1)..]);
        return true;
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "TemplateProcessing");
        WriteTemplate(json, "single", _single);
        WriteTemplate(json, "pair", _pair);
        json.WriteStartObject("special_tokens");
        foreach ((string name, MarkedToken[] tokens) in _special)
        {
            json.WriteStartObject(name);
            json.WriteString("id", name);
            json.WriteStartArray("ids");
            foreach (MarkedToken token in tokens)
                json.WriteNumberValue(token.Id);
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            foreach (MarkedToken token in tokens)
                json.WriteStringValue(token.Token);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private int[] Ids(IEnumerable<Slot> slots) => [.. slots.SelectMany(slot => _special[slot.Special!]).Select(token => token.Id)];

    private static Slot ReadSlot(JsonPart part, SortedDictionary<string, MarkedToken[]> special)
    {
        if (part.Find("Sequence") is JsonPart sequence)
        {
            string name = sequence.Get("id").Text();
            return name is "A" or "B"
                ? new Slot(null, name == "A" ? 0 : 1, sequence.Get("type_id").Id())
                : throw sequence.Fail($"expected the text A or B, found \"{name}\".");
        }
        JsonPart token = part.Get("SpecialToken");
        string id = token.Get("id").Text();
        return special.ContainsKey(id)
            ? new Slot(id, -1, token.Get("type_id").Id())
            : throw token.Fail($"\"{id}\" is not among the special_tokens of the template.");
    }

    private static void WriteTemplate(Utf8JsonWriter json, string key, Slot[] slots)
    {
        json.WriteStartArray(key);
        foreach (Slot slot in slots)
        {
            json.WriteStartObject();
            json.WriteStartObject(slot.Special is null ? "Sequence" : "SpecialToken");
            json.WriteString("id", slot.Special ?? (slot.Sequence == 0 ? "A" : "B"));
            json.WriteNumber("type_id", slot.Type);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>A place in a template: special tokens by their name, or one of the texts.</summary>
    private readonly record struct Slot(string? Special, int Sequence, int Type);
}
