using System.Text;
using Castalia.Text.Bpe;
using Castalia.Text.Models;
using CsCheck;

namespace Castalia.Text.Tests.Models;

/// <summary>Random models on random text, against what their definitions say.</summary>
public sealed class ModelPropertyTests
{
    private static readonly Gen<string> Text = Pick("a", "b", "ab", "▁", "▁▁", "é", "x", "xx", "漢", "🙂", "a▁b").List[0, 24].Select(string.Concat);

    private static readonly Gen<string> Name = Pick("a", "b", "▁", "é", "x", "漢").List[1, 4].Select(string.Concat);

    [Fact]
    public void A_trie_holds_what_was_put_in_and_nothing_else() =>
        Gen.Byte[97, 102].Array[0, 7].Where(bytes => bytes.Length != 1).List[0, 400].Sample(entries =>
        {
            ByteTrie trie = new(entries.Select((bytes, value) => (bytes, value)));
            Dictionary<string, int> expected = [];
            for (int value = 0; value < entries.Count; value++)
                expected[Convert.ToHexString(entries[value])] = value;
            foreach (byte[] bytes in entries.Concat(entries.Select(bytes => (byte[])[.. bytes, 97])))
            {
                int value = expected.TryGetValue(Convert.ToHexString(bytes), out int found) && bytes.Length > 0 ? found : -1;
                Assert.Equal(value, trie.ValueOf(bytes));
            }
        });

    [Fact]
    public void A_trie_of_many_wide_nodes_stays_small()
    {
        Random random = new(7);
        (byte[], int)[] entries = new (byte[], int)[100_000];
        for (int i = 0; i < entries.Length; i++)
        {
            byte[] bytes = new byte[random.Next(1, 6)];
            random.NextBytes(bytes);
            entries[i] = (bytes, i);
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        ByteTrie trie = new(entries);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
        Dictionary<string, int> expected = entries.GroupBy(entry => Convert.ToHexString(entry.Item1)).ToDictionary(group => group.Key, group => group.Last().Item2);
        Assert.All(entries, entry => Assert.Equal(expected[Convert.ToHexString(entry.Item1)], trie.ValueOf(entry.Item1)));
    }

    [Fact]
    public void Unigram_gives_the_best_path()
    {
        Gen<double> score = Pick<double>(0, -1, -2, -0.1, -0.2, -0.30000000000000004, -3.3, 1.5, -12);
        Gen.Select(Gen.Select(Name, score).List[1, 14], Gen.Bool, Gen.Bool, Text).Sample((entries, first, fallback, text) =>
        {
            (string, double)[] vocabulary = [("<unk>", -2), .. entries, .. fallback ? new[] { ("<0x78>", -1.0), ("<0xC3>", -1), ("<0xA9>", -1) } : []];
            UnigramModel model = new(vocabulary, first ? 0 : 1, fallback);
            Check(model, text, NaiveUnigram(vocabulary, first ? 0 : 1, fallback, text));
        });
    }

    [Fact]
    public void WordPiece_gives_the_longest_tokens_from_the_left()
    {
        Gen<string> token = Gen.Select(Gen.Bool, Name).Select((inside, name) => inside ? "##" + name : name);
        Gen.Select(token.HashSet[1, 20], Gen.Bool, Gen.Int[0, 20], Text).Sample((tokens, plain, most, text) =>
        {
            Dictionary<string, int> ids = new[] { "[UNK]" }.Concat(tokens).Select((name, id) => (name, id)).ToDictionary(pair => pair.name, pair => pair.id * 3);
            string prefix = plain ? "" : "##";
            Check(new WordPieceModel(ids, "[UNK]", prefix, (ulong)most), text, NaiveWordPiece(ids, prefix, most, text));
        });
    }

    [Fact]
    public void Cuts_before_word_marks_change_no_id()
    {
        int cuts = 0;
        Gen<string?> unknown = Pick<string?>(null, "<unk>", "▁", "b", "x▁");
        Gen.Select(Gen.Select(Gen.Int[0, 40], Gen.Int[0, 40]).List[0, 14], unknown, Gen.Int[0, 7], Text).Sample((pairs, unknownToken, bits, text) =>
        {
            List<string> names = ["a", "b", "▁", "é"];
            if (unknownToken is not null && !names.Contains(unknownToken))
                names.Add(unknownToken);
            if ((bits & 1) != 0)
                names.AddRange((bits & 2) != 0 ? ["<0x78>"] : ["<0x78>", "<0xE6>", "<0xBC>", "<0xA2>"]);
            List<(string, string)> merges = [];
            foreach ((int left, int right) in pairs)
            {
                string a = names[left % names.Count], b = names[right % names.Count];
                // Most models have no token across a mark, as most real ones.
                if (a.Length + b.Length > 8 || (b.StartsWith('▁') && !a.All(c => c == '▁') && left % 4 != 0))
                    continue;
                merges.Add((a, b));
                if (!names.Contains(a + b))
                    names.Add(a + b);
            }
            Dictionary<string, int> ids = names.Select((name, id) => (name, id)).ToDictionary(pair => pair.name, pair => pair.id);
            BpeModel model = new(ids, [.. merges.Distinct()],
                new BpeFlags { UnknownToken = unknownToken, ByteFallback = (bits & 1) != 0, FuseUnknown = (bits & 4) != 0 });
            if (model.Cuts is not { } scanner)
                return;
            byte[] piece = Encoding.UTF8.GetBytes(text);
            PieceEncoder encoder = model.CreateEncoder();
            IdBuffer whole = new(), parts = new();
            encoder.Encode(piece, whole);
            for (int start = 0; start < piece.Length;)
            {
                int end = scanner.NextEnd(piece, start);
                encoder.Encode(piece.AsSpan(start..end), parts);
                start = end;
                Interlocked.Add(ref cuts, end < piece.Length ? 1 : 0);
            }
            Assert.Equal(whole.Ids.ToArray(), parts.Ids.ToArray());
        }, iter: 20_000);
        Assert.True(cuts > 1000);
    }

    private static Gen<T> Pick<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static void Check(TokenModel model, string text, List<int> expected)
    {
        if (text.Length == 0)
            return;
        IdBuffer ids = new(), tracked = new(tracked: true);
        byte[] piece = Encoding.UTF8.GetBytes(text);
        PieceEncoder encoder = model.CreateEncoder();
        encoder.Encode(piece, ids);
        encoder.Encode(piece, tracked);
        Assert.Equal(expected, ids.Ids.ToArray());
        Assert.Equal(expected, tracked.Ids.ToArray());
        // What tokens stand for covers the piece.
        Assert.Equal(0, tracked.Places[0].Start);
        Assert.Equal(piece.Length, tracked.Places[^1].End);
        for (int i = 1; i < tracked.Length; i++)
            Assert.True(tracked.Places[i].Start == tracked.Places[i - 1].End || tracked.Places[i] == tracked.Places[i - 1]);
    }

    private static List<int> NaiveUnigram((string Token, double Score)[] vocabulary, int unknown, bool fallback, string text)
    {
        Dictionary<string, int> ids = [];
        for (int id = 0; id < vocabulary.Length; id++)
            ids[vocabulary[id].Token] = id;
        Rune[] runes = [.. text.EnumerateRunes()];
        string Part(int from, int to) => string.Concat(runes[from..to]);
        (double Sum, int Start, int Id)[] best = [(0, 0, -1), .. Enumerable.Repeat((0.0, -1, -1), runes.Length)];
        double worst = vocabulary.Min(token => token.Score) - 10;
        for (int start = 0; start < runes.Length; start++)
        {
            for (int end = start + 1; end <= runes.Length; end++)
            {
                bool known = ids.TryGetValue(Part(start, end), out int id);
                if (!known && end > start + 1)
                    continue;
                double sum = (known ? vocabulary[id].Score : worst) + best[start].Sum;
                // The unknown character comes after all tokens, but ends where no other of them does.
                if (best[end].Start < 0 || sum > best[end].Sum)
                    best[end] = (sum, start, known ? id : unknown);
            }
        }
        List<(int Start, int End, int Id)> path = [];
        for (int end = runes.Length; end > 0; end = best[end].Start)
        {
            if (path.Count > 0 && best[end].Id == unknown && path[0].Id == unknown)
                path[0] = (best[end].Start, path[0].End, unknown);
            else
                path.Insert(0, (best[end].Start, end, best[end].Id));
        }
        List<int> found = [];
        foreach ((int start, int end, int id) in path)
        {
            int[] bytes = [.. Encoding.UTF8.GetBytes(Part(start, end)).Select(value => ids.GetValueOrDefault($"<0x{value:X2}>", -1))];
            if (ids.TryGetValue(Part(start, end), out int named))
                found.Add(named);
            else if (fallback && !bytes.Contains(-1))
                found.AddRange(bytes);
            else
                found.Add(id);
        }
        return found;
    }

    private static List<int> NaiveWordPiece(Dictionary<string, int> ids, string prefix, int most, string text)
    {
        Rune[] runes = [.. text.EnumerateRunes()];
        List<int> found = [];
        if (runes.Length > most)
            return [ids["[UNK]"]];
        for (int start = 0; start < runes.Length;)
        {
            int end = runes.Length, id = -1;
            while (end > start && !ids.TryGetValue((start > 0 ? prefix : "") + string.Concat(runes[start..end]), out id))
                end--;
            if (end == start)
                return [ids["[UNK]"]];
            found.Add(id);
            start = end;
        }
        return found;
    }
}
