using System.Security.Cryptography;
using System.Text;

namespace Castalia.Text.Tests.Importing;

/// <summary>
/// The published .tiktoken files. All but one are written here from the same vocabularies in other formats; that they are the published ones to
/// the last byte is seen by their hashes, which tiktoken checks as well.
/// </summary>
internal static class TiktokenRanks
{
    private static readonly Dictionary<string, string> Hashes = new()
    {
        ["r50k_base"] = "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930",
        ["p50k_base"] = "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069",
        ["cl100k_base"] = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
        ["o200k_base"] = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
        ["EleutherAI_gpt-neox-20b"] = "1952cfc998f55a89b4326494ab242902e589b39fc8c9cc90528fd0f1b9a19fd0",
    };

    /// <summary>The contents of a file.</summary>
    public static byte[] Of(string name)
    {
        byte[] contents = name switch
        {
            "r50k_base" => Lines(Tokens("gpt2", 50_256)),
            "p50k_base" => Lines([.. Tokens("gpt2", 50_256), .. Enumerable.Range(2, 24).Select(spaces => (Spaces(spaces), 50_255 + spaces))]),
            "cl100k_base" => Lines(Tokens("dolma2", 100_256)),
            "EleutherAI_gpt-neox-20b" => Lines(NeoX(), " "),
            _ => TokenizerFixtures.Bytes($"{name}.tiktoken.zst"),
        };
        Assert.Equal(Hashes[name], Convert.ToHexStringLower(SHA256.HashData(contents)));
        return contents;
    }

    private static byte[] Lines(IEnumerable<(byte[] Bytes, int Rank)> tokens, string end = "") =>
        Encoding.ASCII.GetBytes(string.Concat(tokens.Select(token => $"{Convert.ToBase64String(token.Bytes)} {token.Rank}{end}\n")));

    private static IEnumerable<(byte[] Bytes, int Rank)> Tokens(string tokenizer, int count) =>
        Enumerable.Range(0, count).Select(id => (TokenizerFixtures.Load(tokenizer).TokenBytes(id)!, id));

    /// <summary>Runs of spaces have two ids in GPT-NeoX-20B, and the file keeps one of each: that of the added token but for six lengths.</summary>
    private static IEnumerable<(byte[] Bytes, int Rank)> NeoX()
    {
        int[] first = [5, 7, 15, 17, 23, 24];
        return Tokens("gpt-neox-20b", 50_277).Where(token =>
            token.Bytes is not [.., (byte)' '] || token.Bytes.Length is 1 or > 24 || token.Bytes.AsSpan().ContainsAnyExcept((byte)' ')
            || first.Contains(token.Bytes.Length) == token.Rank < 50_254);
    }

    private static byte[] Spaces(int count) => Encoding.ASCII.GetBytes(new string(' ', count));
}
