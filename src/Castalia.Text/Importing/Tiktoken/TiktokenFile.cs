using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Castalia.Formats;
using Castalia.Text.Bpe;

namespace Castalia.Text.Importing;

/// <summary>
/// A <c>.tiktoken</c> file: a line for each token, its bytes in base64 and its rank, which is its id and its place among the merges. The pattern
/// and the special tokens are not in it; they come from the encoding.
/// </summary>
internal static class TiktokenFile
{
    private const int LargestFile = 1 << 25, LongestToken = 1024;
    private const string Remedy = "The file is damaged or is no .tiktoken file: get it anew from where its encoding is published.";

    /// <summary>Whether bytes begin as such a file does.</summary>
    public static bool Begins(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)'\n');
        return TryReadLine(end < 0 ? bytes : bytes[..end], new byte[LongestToken], out _, out _);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="encoding">What it leaves out; null: to be found by the file's name.</param>
    public static Tokenizer Load(string path, TiktokenEncoding? encoding)
    {
        byte[] contents = InputFile.ReadAllBytes(path, LargestFile);
        encoding ??= TiktokenEncodings.OfFile(path) ?? throw new InputException(path, null,
            "the file's name is not that of an encoding, and a .tiktoken file says nothing of its pattern and special tokens.",
            $"Name the encoding, or give a pattern of your own. Known: {string.Join(", ", TiktokenEncodings.All.Select(known => known.Name))}.");
        List<(byte[] Bytes, int Rank)> tokens = ReadLines(path, contents);
        if (encoding.RankCount is int count && count != tokens.Count)
        {
            throw new InputException(path, null, $"the encoding {encoding.Name} has {count} ranks, the file {tokens.Count}: it is cut short or of another encoding.",
                "Get it anew from where its encoding is published, or name the encoding that it is of.");
        }
        Dictionary<string, int> ids = NameTokens(path, tokens, encoding);
        BpeFlags flags = new() { ContinuingSubwordPrefix = "", EndOfWordSuffix = "", IgnoreMerges = true };
        BpeModel model = new(ids, RankMerges.Find(tokens), flags);
        if (model.Bytes is null)
        {
            int missing = Array.FindIndex(ByteAlphabet.CharacterOf, character => !ids.ContainsKey(character.ToString()));
            throw new InputException(path, null, $"the byte 0x{missing:X2} is no token, so that there are texts that cannot be encoded.", Remedy);
        }
        string parts = encoding.Pattern == PreTokenization.Gpt2Scanner.Pattern ? Assembly.Gpt2Parts : Assembly.ByteLevelParts(encoding.Pattern);
        TokenizerPipeline pipeline = Assembly.Assemble(path, model, encoding.AddedTokens, parts);
        return new Tokenizer(encoding.NormalizesToNfc ? pipeline with { Normalizer = Normalization.UnicodeFormNormalizer.Nfc() } : pipeline);
    }

    private static List<(byte[] Bytes, int Rank)> ReadLines(string path, ReadOnlySpan<byte> contents)
    {
        List<(byte[] Bytes, int Rank)> tokens = [];
        Dictionary<int, int> lineOf = [];
        byte[] buffer = new byte[LongestToken];
        int number = 0;
        while (contents.Length > 0)
        {
            number++;
            int end = contents.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = (end < 0 ? contents : contents[..end]).TrimEnd(" \r"u8);
            contents = end < 0 ? [] : contents[(end + 1)..];
            if (line.IsEmpty)
                continue;
            if (!TryReadLine(line, buffer, out int length, out int rank))
            {
                throw new InputException(path, $"line {number}",
                    $"expected a token of 1 to {LongestToken} bytes in base64, a space and a rank from 0 to {Vocabulary.GreatestId}, found \"{Shown(line)}\".", Remedy);
            }
            if (!lineOf.TryAdd(rank, number))
                throw new InputException(path, $"line {number}", $"the rank {rank} stands in line {lineOf[rank]} already.", Remedy);
            tokens.Add((buffer[..length], rank));
        }
        return tokens.Count > 0 ? tokens : throw new InputException(path, null, "there is no token in the file.", Remedy);
    }

    private static bool TryReadLine(ReadOnlySpan<byte> line, byte[] buffer, out int length, out int rank)
    {
        (length, rank) = (0, 0);
        line = line.TrimEnd(" \r"u8);
        int space = line.IndexOf((byte)' ');
        return space > 0
            && Base64.DecodeFromUtf8(line[..space], buffer, out int consumed, out length) == OperationStatus.Done && consumed == space && length > 0
            && Utf8Parser.TryParse(line[(space + 1)..], out rank, out int digits) && digits == line.Length - space - 1
            && rank is >= 0 and <= Vocabulary.GreatestId;
    }

    /// <summary>
    /// The tokens by their names: ranks in the byte-level alphabet, added tokens as they are. The added ones are in the model's vocabulary too,
    /// so that HF tokenizers, which gives an id of its own to an added token that is not, leaves them their ids.
    /// </summary>
    private static Dictionary<string, int> NameTokens(string path, List<(byte[] Bytes, int Rank)> tokens, TiktokenEncoding encoding)
    {
        Dictionary<int, AddedToken> added = encoding.AddedTokens.ToDictionary(token => token.Id);
        Dictionary<string, int> ids = new(tokens.Count + added.Count);
        tokens.RemoveAll(token => added.TryGetValue(token.Rank, out AddedToken? same) && token.Bytes.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(same.Content)));
        foreach ((byte[] bytes, int rank) in tokens)
        {
            string name = ByteAlphabet.Write(bytes);
            if (added.TryGetValue(rank, out AddedToken? other))
                throw new InputException(path, $"rank {rank}", $"the encoding {encoding.Name} has \"{other.Content}\" there, the file \"{name}\".", "Name the encoding that the file is of.");
            if (!ids.TryAdd(name, rank))
                throw new InputException(path, $"rank {rank}", $"its bytes have rank {ids[name]} already.", Remedy);
        }
        foreach (AddedToken token in encoding.AddedTokens)
        {
            if (!ids.TryAdd(token.Content, token.Id))
            {
                throw new InputException(path, $"rank {ids[token.Content]}",
                    $"the file gives \"{token.Content}\" this rank, the encoding {encoding.Name} the id {token.Id}.", "Name the encoding that the file is of.");
            }
        }
        return ids;
    }

    private static string Shown(ReadOnlySpan<byte> line) => Encoding.UTF8.GetString(line.Length <= 40 ? line : line[..40]) + (line.Length <= 40 ? "" : "...");
}
