using Castalia.Text.PreTokenization;

namespace Castalia.Text.Importing;

/// <summary>The published encodings: OpenAI's as tiktoken defines them, Llama 3's as Meta's code does, GPT-NeoX-20B's as its tokenizer.json does.</summary>
internal static class TiktokenEncodings
{
    private const string EndOfText = "<|endoftext|>", EndOfPrompt = "<|endofprompt|>";
    private const int FirstLlama3 = 128_000, Llama3Specials = 256, LongestSpaces = 24, FirstSpaces = 50_254;

    /// <summary>All of them.</summary>
    public static readonly TiktokenEncoding[] All =
    [
        new("r50k_base", Gpt2Scanner.Pattern, [Special(50_256, EndOfText)]) { RankCount = 50_256 },
        new("gpt2", Gpt2Scanner.Pattern, [Special(50_256, EndOfText)]) { RankCount = 50_256 },
        new("p50k_base", Gpt2Scanner.Pattern, [Special(50_256, EndOfText)]) { RankCount = 50_280 },
        new("p50k_edit", Gpt2Scanner.Pattern, [Special(50_256, EndOfText), .. FillInTheMiddle(50_281)]) { RankCount = 50_280 },
        new("cl100k_base", Cl100kScanner.Pattern, [Special(100_257, EndOfText), .. FillInTheMiddle(100_258), Special(100_276, EndOfPrompt)])
        {
            RankCount = 100_256,
        },
        new("o200k_base", O200kScanner.Pattern, [Special(199_999, EndOfText), Special(200_018, EndOfPrompt)]) { RankCount = 199_998 },
        new("o200k_harmony", O200kScanner.Pattern, [.. Harmony()]) { RankCount = 199_998 },
        new("llama3", Cl100kScanner.Pattern, [.. Llama3()]) { RankCount = FirstLlama3 },
        new("llama3.1", Cl100kScanner.Pattern, [.. Llama31()]) { RankCount = FirstLlama3 },
        new("gpt-neox-20b", Gpt2Scanner.Pattern, [Special(0, EndOfText), Special(1, "<|padding|>"), .. Spaces()])
        {
            RankCount = 50_254, NormalizesToNfc = true,
        },
    ];

    private static readonly (string Spelling, string Name)[] OtherSpellings = [("llama_3", "llama3"), ("llama_3_1", "llama3.1"), ("20b", "gpt-neox-20b")];

    /// <summary>The encoding whose name a file's name is, or ends with after a separator; null for none.</summary>
    public static TiktokenEncoding? OfFile(string path)
    {
        string name = Plain(Path.GetFileNameWithoutExtension(path));
        return All.Select(encoding => (Spelling: encoding.Name, encoding.Name)).Concat(OtherSpellings)
            .Where(known => name == Plain(known.Spelling) || name.EndsWith("_" + Plain(known.Spelling), StringComparison.Ordinal))
            .OrderByDescending(known => known.Spelling.Length)
            .Select(known => TiktokenEncoding.Find(known.Name)).FirstOrDefault();
    }

    private static string Plain(string name) => name.ToLowerInvariant().Replace('-', '_').Replace('.', '_');

    private static AddedToken Special(int id, string content) => new(id, content, Special: true);

    private static AddedToken[] FillInTheMiddle(int first) =>
        [Special(first, "<|fim_prefix|>"), Special(first + 1, "<|fim_middle|>"), Special(first + 2, "<|fim_suffix|>")];

    /// <summary>tiktoken also knows id 200018 as reserved; its older name is kept.</summary>
    private static IEnumerable<AddedToken> Harmony()
    {
        Dictionary<int, string> names = new()
        {
            [199_998] = "<|startoftext|>", [199_999] = EndOfText, [200_002] = "<|return|>", [200_003] = "<|constrain|>", [200_005] = "<|channel|>",
            [200_006] = "<|start|>", [200_007] = "<|end|>", [200_008] = "<|message|>", [200_012] = "<|call|>", [200_018] = EndOfPrompt,
        };
        return Enumerable.Range(199_998, 1_090).Select(id => Special(id, names.GetValueOrDefault(id, $"<|reserved_{id}|>")));
    }

    private static IEnumerable<AddedToken> Llama3() => Llama(
        "<|begin_of_text|>", "<|end_of_text|>", null, null, null, null, "<|start_header_id|>", "<|end_header_id|>", null, "<|eot_id|>");

    private static IEnumerable<AddedToken> Llama31() => Llama(
        "<|begin_of_text|>", "<|end_of_text|>", null, null, "<|finetune_right_pad_id|>", null,
        "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>");

    /// <summary>The named tokens, and reserved ones in the places between and after them.</summary>
    private static IEnumerable<AddedToken> Llama(params string?[] names)
    {
        int reserved = 0;
        for (int i = 0; i < Llama3Specials; i++)
            yield return Special(FirstLlama3 + i, i < names.Length && names[i] is string name ? name : $"<|reserved_special_token_{reserved++}|>");
    }

    private static IEnumerable<AddedToken> Spaces() =>
        Enumerable.Range(0, LongestSpaces - 1).Select(i => new AddedToken(FirstSpaces + i, new string(' ', LongestSpaces - i), Normalized: true));
}
