using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Castalia.Data;
using Castalia.Text;
using Spectre.Console;

namespace Castalia.Bench.Tokenizers;

/// <summary>Compares the ids of whole corpora with hashes of HF's.</summary>
internal static class CorpusHashes
{
    /// <summary>Looks at every document that there is a hash of; 0 if all agree.</summary>
    public static int Verify(string folder)
    {
        int allWrong = 0;
        foreach (string golden in Directory.EnumerateFiles(Path.Combine(folder, "tokenizers", "golden"), "corpus_hashes.jsonl", SearchOption.AllDirectories).Order())
        {
            string name = Path.GetFileName(Path.GetDirectoryName(golden)!);
            Tokenizer tokenizer = Vocabularies.Ours(name);
            ILookup<string, JsonElement> byFile = File.ReadLines(golden).Select(line => JsonDocument.Parse(line).RootElement)
                .ToLookup(row => row.GetProperty("file").GetString()!);
            int right = 0, wrong = 0, missing = 0;
            foreach (IGrouping<string, JsonElement> file in byFile)
            {
                string path = Path.Combine(folder, "minipile", file.Key + ".zst");
                if (!File.Exists(path))
                {
                    missing++;
                    continue;
                }
                byte[][] documents = [.. DocumentReader.ReadFile(path).Select(document => Encoding.UTF8.GetBytes(document.Text))];
                foreach (JsonElement row in file)
                {
                    if (HashOf(tokenizer, documents[row.GetProperty("doc").GetInt32()]) == row.GetProperty("sha256_u32le").GetString())
                        right++;
                    else if (wrong++ < 20)
                        AnsiConsole.WriteLine($"{name}: {file.Key} document {row.GetProperty("doc")} differs");
                }
            }
            AnsiConsole.WriteLine($"{name}: {right} documents have HF's ids, {wrong} do not; {missing} files are not there");
            allWrong += wrong;
        }
        return allWrong == 0 ? 0 : 1;
    }

    private static string HashOf(Tokenizer tokenizer, byte[] text)
    {
        List<int> ids = [];
        tokenizer.Encode(text, ids);
        return Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(ids))));
    }
}
