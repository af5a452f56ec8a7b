using System.Text.Json;
using Castalia.Formats;
using Castalia.Text.Bpe;
using Castalia.Text.Models;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Importing;

/// <summary>
/// GPT-2's two files, <c>vocab.json</c> with each token's id and <c>merges.txt</c> with one merge a line (OpenAI's names: <c>encoder.json</c>,
/// <c>vocab.bpe</c>), made into the tokenizer that transformers' GPT2Tokenizer makes of them. <c>&lt;|endoftext|&gt;</c> is special where
/// the vocabulary has it; where it has not, none is made up.
/// </summary>
internal static class Gpt2Files
{
    private const string EndOfText = "<|endoftext|>";
    private const int LargestFile = 1 << 27;
    private const string Remedy = "Get both files anew from the model's page: they belong together.";

    private static readonly (string Vocabulary, string Merges)[] Pairs = [("vocab.json", "merges.txt"), ("encoder.json", "vocab.bpe")];

    /// <summary>Whether a name, in lower case, is that of one of the two files.</summary>
    public static bool Recognises(string name) => Pairs.Any(pair => name == pair.Vocabulary || name == pair.Merges);

    /// <summary>The first of the two files in a folder that has both; null where none has.</summary>
    public static string? FindIn(string folder) => Pairs
        .Where(pair => File.Exists(Path.Combine(folder, pair.Vocabulary)) && File.Exists(Path.Combine(folder, pair.Merges)))
        .Select(pair => Path.Combine(folder, pair.Vocabulary)).FirstOrDefault();

    /// <summary>Reads the two files.</summary>
    /// <param name="path">Either of them; the other stands beside it.</param>
    public static Tokenizer Load(string path)
    {
        string folder = Path.GetDirectoryName(path) ?? "", name = Path.GetFileName(path).ToLowerInvariant();
        (string vocabularyName, string mergesName) = Pairs.First(pair => name == pair.Vocabulary || name == pair.Merges);
        string vocabularyPath = name == vocabularyName ? path : Path.Combine(folder, vocabularyName);
        string mergesPath = name == mergesName ? path : Path.Combine(folder, mergesName);
        foreach (string other in (string[])[vocabularyPath, mergesPath])
        {
            if (File.Exists(path) && !File.Exists(other))
                throw new InputException(other, null, $"this file is missing beside {Path.GetFileName(path)}: a vocabulary and its merges are two files.", Remedy);
        }
        Dictionary<string, int> ids = ReadVocabulary(vocabularyPath);
        BpeModel model = new(ids, ReadMerges(mergesPath, ids), new BpeFlags { ContinuingSubwordPrefix = "", EndOfWordSuffix = "" });
        AddedToken[] added = ids.TryGetValue(EndOfText, out int id) ? [new AddedToken(id, EndOfText, Special: true)] : [];
        return new Tokenizer(Assembly.Assemble(vocabularyPath, model, added, Assembly.Gpt2Parts));
    }

    private static Dictionary<string, int> ReadVocabulary(string path)
    {
        byte[] contents = InputFile.ReadAllBytes(path, LargestFile);
        try
        {
            using JsonDocument document = JsonDocument.Parse(contents);
            return VocabularyJson.Read(new JsonPart(document.RootElement, path, "$"));
        }
        catch (JsonException error)
        {
            string place = $"line {(error.LineNumber ?? 0) + 1}, byte {(error.BytePositionInLine ?? 0) + 1}";
            throw new InputException(path, place, $"this is not JSON, or it is cut short: {error.Message}", Remedy, error);
        }
    }

    private static (string Left, string Right)[] ReadMerges(string path, Dictionary<string, int> ids)
    {
        string text = InputFile.ReadAllText(path, LargestFile);
        List<(string, string)> merges = [];
        HashSet<(string, string)> seen = [];
        int number = 0;
        foreach (Range range in text.AsSpan().Split('\n'))
        {
            number++;
            ReadOnlySpan<char> line = text.AsSpan()[range].TrimEnd('\r');
            if (line.IsEmpty || line.StartsWith("#version"))
                continue;
            int space = line.IndexOf(' ');
            if (space <= 0 || space == line.Length - 1 || line[(space + 1)..].Contains(' '))
                throw new InputException(path, $"line {number}", $"expected two tokens with one space between them, found \"{Shown(line)}\".", Remedy);
            (string left, string right) = (line[..space].ToString(), line[(space + 1)..].ToString());
            foreach (string token in (string[])[left, right, left + right])
            {
                if (!ids.ContainsKey(token))
                    throw new InputException(path, $"line {number}", $"the merge of \"{left}\" and \"{right}\" needs the token \"{token}\", which the vocabulary lacks.", Remedy);
            }
            if (!seen.Add((left, right)))
                throw new InputException(path, $"line {number}", $"the merge of \"{left}\" and \"{right}\" stands twice.", Remedy);
            merges.Add((left, right));
        }
        return [.. merges];
    }

    private static string Shown(ReadOnlySpan<char> line) => line.Length <= 40 ? line.ToString() : $"{line[..40]}...";
}
