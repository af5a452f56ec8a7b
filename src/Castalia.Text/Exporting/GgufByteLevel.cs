using System.Text.Json;
using Castalia.Formats;
using Castalia.Text.Bpe;
using Castalia.Text.Importing;
using Castalia.Text.Models;
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

        if (model.Flags is { MarksPlaces: true } or { ByteFallback: true } || model.UnknownId >= 0)
            throw Wrong("llama.cpp's byte-level BPE has no marks of words' insides or ends, no fallback and no unknown token; this tokenizer has.");
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
        ], [.. NormalizerRemark(pipeline.Normalizer, Wrong), .. AlphabetRemark(model)]);
    }

    private static IEnumerable<string> AlphabetRemark(BpeModel model)
    {
        if (model.Bytes is null)
            yield return "Some bytes have no token and vanish; here what stands beside them may merge, in llama.cpp it does not.";
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
        (string Name, bool IgnoresMerges)[] ways =
        [
            .. GgufPreTokenizer.Names.Select(name => (Name: name, Way: GgufPreTokenizer.Find(name)!)).GroupBy(way => way.Way.Parts, StringComparer.Ordinal)
                .Where(alike => CutsAlike(alike.Key)).SelectMany(alike => alike).Select(way => (way.Name, way.Way.IgnoreMerges)),
        ];
        // Whether words that are tokens are looked up first does not matter where merging gives them anyway.
        return ways.FirstOrDefault(way => way.IgnoresMerges == model.Flags.IgnoreMerges).Name
            ?? (ways.Length > 0 && MergesGiveAllTokens(model) ? ways[0].Name : null);

        bool CutsAlike(string way)
        {
            using JsonDocument parts = JsonDocument.Parse(way);
            PreTokenizer its = PreTokenizerReader.Read(new JsonPart(parts.RootElement.GetProperty("pre_tokenizer"), "tokenizer.ggml.pre", "$"));
            return Probes.Index().All(probe => Cut(its, probe.Item) == own[probe.Index]);
        }
    }

    /// <summary>Whether merging the bytes of each token gives that token.</summary>
    private static bool MergesGiveAllTokens(BpeModel model)
    {
        var merging = new BpeModel(new Dictionary<string, int>(model.Vocabulary), [.. model.Merges], model.Flags with { IgnoreMerges = false });
        if (merging.Bytes is not { } bytes)
            return false;
        PieceEncoder encoder = bytes.CreateEncoder();
        IdBuffer ids = new();
        foreach ((string token, int id) in model.Vocabulary)
        {
            if (!token.All(character => ByteAlphabet.ByteOf(character) >= 0))
                continue; // an added token, which no word gives
            ids.Clear();
            encoder.Encode(ByteAlphabet.Read(token), ids);
            if (ids.Ids is not [var only] || only != id)
                return false;
        }
        return true;
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
