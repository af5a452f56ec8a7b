using System.Text.Json;
using Castalia.Formats;
using Castalia.Text.Bpe;
using Castalia.Text.Importing;
using Castalia.Text.Normalization;
using Castalia.Text.PreTokenization;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Exporting;

/// <summary>Byte-level BPE as a GGUF file has it: tokens in GPT-2's spelling of bytes, merges, and the name of the way in which text is cut.</summary>
internal static class GgufByteLevel
{
    private const string Remedy = "Convert without the tokenizer's files in the folder; the file then runs on token ids.";

    // Where the ways that llama.cpp knows cut differently: contractions, digits, punctuation, white space, scripts, marks, capitals, symbols.
    private static readonly string[] Probes =
    [
        "It's I'VE can'T he'Ll we'd 'tis 'S x'' ''y", "a1b22c333d4444e55555 1234567 12,345.67 3.14", "  two   spaces\t\ttabs \n\n\nlines \r\n  and\r\n\r\n end  ",
        "foo.bar,(baz)[x]{y};:!? ...!!! \"q\" #a @b %c &d *e", "naïve Ünïcode e\u0301te\u0301 ñ ß İı", "我想在apple工作1314151天。ありがとう、カタカナー 한국어 テスト", "CamelCase HTTPServer iPhone X1Y2 ǅ ʰ",
        "$5.00 +3 <tag> ^x ~y |z `code` a=b $$ ++ ^^ ``", "don’t l'été", "नमस्ते ไทย العربية עברית", "=====------ ____ \\\\ //", "/usr/bin\n//x\n/ !\n?\n", "🚀🚀 ok 👩‍💻 😶‍🌫️", "٣٤٥ ½ Ⅻ ²³ ①",
        "\u00a0nbsp\u3000wide\u2003em\u0085nel\u200bzw", "x\ty\nz", "\n", " ", "\n\n \n", "  \nx", "...a ,b -c _d", "的，。、！？；：", "ab。cd，ef",
    ];

    /// <summary>Writes the tokenizer down, but for the keys that all kinds have.</summary>
    public static GgufTokenizer Of(Tokenizer tokenizer, GgufTokenizerOptions options)
    {
        TokenizerPipeline pipeline = tokenizer.Pipeline;
        var model = (BpeModel)pipeline.Model;
        InputException Wrong(string problem) => new(options.File, null, problem, Remedy);

        if (model.Bytes is null)
            throw Wrong("llama.cpp's byte-level BPE needs a token for every byte, and no marks of words' insides or ends; this tokenizer's vocabulary is not so.");
        if (model.Merges.FirstOrDefault(merge => merge.Left.Contains(' ') || merge.Right.Contains(' ')) is { Left: not null } merge)
            throw Wrong($"the merge of \"{merge.Left}\" and \"{merge.Right}\" has a space in it, which llama.cpp takes for the one between the two.");
        (string[] texts, int[] kinds) = GgufTokenizer.Tokens(tokenizer, options.Rows);
        string[] merges = [.. model.Merges.Select(pair => $"{pair.Left} {pair.Right}")];
        return new GgufTokenizer(
        [
            GgufEntry.Of(GgufTokenizer.Key("model"), "gpt2"),
            GgufEntry.Of(GgufTokenizer.Key("pre"), WayOf(pipeline, model) ?? throw Wrong(
                "its pre-tokenizer cuts text in none of the ways that llama.cpp knows by name, so ids would differ from the model's.")),
            GgufEntry.OfArray(GgufTokenizer.Key("tokens"), texts),
            GgufEntry.OfArray<int>(GgufTokenizer.Key("token_type"), kinds),
            GgufEntry.OfArray(GgufTokenizer.Key("merges"), merges),
        ], [.. NormalizerRemark(pipeline.Normalizer, Wrong)]);
    }

    private static IEnumerable<string> NormalizerRemark(Normalizer? normalizer, Func<string, InputException> wrong)
    {
        if (normalizer is null)
            yield break;
        JsonElement json = GgufTokenizer.Json(normalizer.Write);
        if (json.GetProperty("type").GetString() != "NFC")
            throw wrong($"its normalizer is {json.GetRawText()}; llama.cpp's byte-level BPE normalizes nothing, so ids would differ from the model's.");
        yield return "The tokenizer normalizes text to NFC and llama.cpp does not: give it text in NFC, as most text is, for the same ids.";
    }

    /// <summary>llama.cpp's name for the way in which a tokenizer cuts text; null where none is the same on all of <see cref="Probes"/>.</summary>
    private static string? WayOf(TokenizerPipeline pipeline, BpeModel model)
    {
        string[] own = [.. Probes.Select(probe => Cut(pipeline.PreTokenizer!, probe))];
        foreach (string name in GgufPreTokenizer.Names)
        {
            GgufPreTokenizer way = GgufPreTokenizer.Find(name)!;
            if (way.IgnoreMerges != model.Flags.IgnoreMerges)
                continue;
            using JsonDocument parts = JsonDocument.Parse(way.Parts);
            PreTokenizer its = PreTokenizerReader.Read(new JsonPart(parts.RootElement.GetProperty("pre_tokenizer"), name, "$"));
            if (Probes.Index().All(probe => Cut(its, probe.Item) == own[probe.Index]))
                return name;
        }
        return null;
    }

    /// <summary>A text's pieces, one a line: the alphabet of bytes has no line ends.</summary>
    private static string Cut(PreTokenizer preTokenizer, string text)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        PreTokenizedText pieces = new();
        pieces.Clear(tracked: true);
        pieces.Text.Append(bytes, 0);
        pieces.Add(new Piece(0, bytes.Length, null));
        preTokenizer.PreTokenize(pieces);
        return string.Join('\n', pieces.Pieces.Select(piece => System.Text.Encoding.UTF8.GetString(pieces.Text.Bytes[piece.Start..piece.End])));
    }
}
