using System.Text.Json;
using Castalia.Formats;
using Castalia.Text.PostProcessing;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Importing;

/// <summary>The tokens that a GGUF has put in front of each text and at its end; null for none.</summary>
internal sealed record GgufMarks(string? Begin, int BeginId, string? End, int EndId)
{
    /// <summary>Whether there is neither.</summary>
    public bool IsEmpty => Begin is null && End is null;

    /// <summary>Reads which there are.</summary>
    /// <param name="file">The file.</param>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="addBegin">Whether one stands in front where the file does not say so.</param>
    /// <param name="addEnd">Whether one stands at the end where the file does not say so.</param>
    /// <param name="begin">The id of the first where the file does not say it.</param>
    /// <param name="end">The id of the second where the file does not say it.</param>
    public static GgufMarks Read(GgufFile file, GgufTokens tokens, bool addBegin, bool addEnd, int? begin, int? end)
    {
        int? Mark(string name, bool missing, int? usual)
        {
            if (!(file.Find($"tokenizer.ggml.add_{name}_token")?.AsBool() ?? missing))
                return null;
            string key = $"tokenizer.ggml.{name}_token_id";
            long id = file.Find(key)?.AsInteger() ?? usual
                ?? throw new InputException(file.Path, $"key {key}", "the token is to be put in, but its id is missing.", GgufTokens.Remedy);
            return id >= 0 && id < tokens.Texts.Length
                ? (int)id
                : throw new InputException(file.Path, $"key {key}", $"the id is {id}; ids go up to {tokens.Texts.Length - 1}.", GgufTokens.Remedy);
        }

        (int? first, int? last) = (Mark("bos", addBegin, begin), Mark("eos", addEnd, end));
        return new GgufMarks(first is int b ? tokens.Texts[b] : null, first ?? -1, last is int e ? tokens.Texts[e] : null, last ?? -1);
    }

    /// <summary>HF's part that puts them in; null where there are none.</summary>
    public PostProcessor? PostProcessor(string file)
    {
        if (IsEmpty)
            return null;
        string json = JsonSerializer.Serialize(new
        {
            type = "TemplateProcessing",
            single = Around("A", 0),
            pair = (object[])[.. Around("A", 0), .. Around("B", 1)],
            special_tokens = Marks().DistinctBy(mark => mark.Token).ToDictionary(mark => mark.Token, mark => new { id = mark.Token, ids = (int[])[mark.Id], tokens = (string[])[mark.Token] }),
        });
        using JsonDocument document = JsonDocument.Parse(json);
        return PostProcessorReader.Read(new JsonPart(document.RootElement, file, "$"));
    }

    private IEnumerable<(string Token, int Id)> Marks()
    {
        if (Begin is not null)
            yield return (Begin, BeginId);
        if (End is not null)
            yield return (End, EndId);
    }

    private object[] Around(string text, int type)
    {
        List<object> slots = [];
        if (Begin is not null)
            slots.Add(new { SpecialToken = new { id = Begin, type_id = type } });
        slots.Add(new { Sequence = new { id = text, type_id = type } });
        if (End is not null)
            slots.Add(new { SpecialToken = new { id = End, type_id = type } });
        return [.. slots];
    }
}
