#pragma warning disable xUnit1051 // Code as the page shows it, which knows of no test to cancel.
using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Castalia.Testing;

namespace Castalia.Text.Tests.Documentation;

/// <summary>
/// The pieces of code in docs/tokenizers.md, run. What stands between two marks here stands there word for word, and nothing else does.
/// </summary>
public sealed partial class SnippetTests : IDisposable
{
    private static readonly string Source = Path.Combine(Fixtures.RepositoryRoot, "tests", "Castalia.Text.Tests", "Documentation", "SnippetTests.cs");
    private static readonly string Page = Path.Combine(Fixtures.RepositoryRoot, "docs", "tokenizers.md");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_page_shows_each_piece_as_it_is_run_and_no_other()
    {
        string[] here = [.. Marked().Matches(File.ReadAllText(Source)).Select(match => Dedented(match.Groups["code"].Value))];
        string[] there = [.. Fenced().Matches(File.ReadAllText(Page)).Select(match => match.Groups["code"].Value)];
        Assert.True(here.Length >= 9);
        Assert.Equal(here, there);
    }

    [Fact]
    public void Load_encode_decode()
    {
        string path = Write("gpt-neox-20b");
        // <load>
        Tokenizer tokenizer = Tokenizer.Load(path);

        int[] ids = tokenizer.Encode("Grüße aus Calw");
        string text = tokenizer.Decode(ids);
        int count = tokenizer.CountTokens("Grüße aus Calw");
        // </load>
        Assert.Equal("Grüße aus Calw", text);
        Assert.Equal(ids.Length, count);
    }

    [Fact]
    public void Into_a_buffer()
    {
        Tokenizer tokenizer = TokenizerFixtures.Load("gpt2");
        byte[] line = "the quick brown fox"u8.ToArray();
        // <buffer>
        Span<int> buffer = stackalloc int[512];
        if (tokenizer.TryEncode(line, buffer, out int written))
            Use(buffer[..written]);
        // </buffer>
        Assert.Equal(4, written);

        static void Use(ReadOnlySpan<int> ids) => Assert.Equal(4, ids.Length);
    }

    [Fact]
    public void Special_tokens()
    {
        Tokenizer tokenizer = TokenizerFixtures.Load("gpt2");
        string text = "a<|endoftext|>";
        // <special>
        int[] marks = tokenizer.Encode(text);                                        // <|endoftext|> is one token
        int[] plain = tokenizer.Encode(text, EncodeOptions.SpecialTokensAsText);     // ... is text like any other
        int[] bare = tokenizer.Encode(text, EncodeOptions.WithoutPostProcessor);     // nothing is put in front or behind
        // tokenizer.Encode(text, EncodeOptions.RefuseSpecialTokens) throws an InputException: for text from strangers
        // </special>
        Assert.Equal((2, 8, 2), (marks.Length, plain.Length, bare.Length));
        Assert.Throws<InputException>(() => tokenizer.Encode(text, EncodeOptions.RefuseSpecialTokens));
    }

    [Fact]
    public void Offsets()
    {
        Tokenizer tokenizer = TokenizerFixtures.Load("gpt2");
        List<string> said = [];
        // <offsets>
        string text = "Grüße 𝒜!";
        TokenEncoding encoding = tokenizer.EncodeFull(text, unit: OffsetUnit.Utf16);
        for (int i = 0; i < encoding.Count; i++)
        {
            (int start, int end) = encoding.Offsets[i];
            Say($"{encoding.Ids[i],6}  {encoding.Tokens[i],-8}  {text[start..end]}  word {encoding.WordIds[i]}");
        }
        // </offsets>
        Assert.Equal(encoding.Count, said.Count);
        Assert.Contains("ü", said[1], StringComparison.Ordinal);
        Assert.Equal(text.Length, encoding.Offsets[^1].End);

        void Say(string line) => said.Add(line);
    }

    [Fact]
    public void Truncation_and_pairs()
    {
        Tokenizer tokenizer = TokenizerFixtures.Load("gpt2");
        string question = "Who was there?", context = string.Concat(Enumerable.Repeat("the fox and the dog, ", 100));
        List<int> lengths = [];
        // <pairs>
        Tokenizer windows = tokenizer
            .WithTruncation(new TruncationOptions { MaxLength = 384, Stride = 128, Strategy = TruncationStrategy.OnlySecond })
            .WithPadding(new PaddingOptions { Id = 50256, Token = "<|endoftext|>" });

        TokenEncoding first = windows.EncodeFull(question, context);
        foreach (TokenEncoding window in first.Overflowing.Prepend(first))
            Answer(window.Ids, window.SequenceIds, window.AttentionMask);
        // </pairs>
        Assert.True(lengths.Count > 1);
        Assert.All(lengths, length => Assert.InRange(length, 1, 384));

        void Answer(IReadOnlyList<int> ids, IReadOnlyList<int?> sequences, IReadOnlyList<bool> attention)
        {
            Assert.Equal((ids.Count, ids.Count), (sequences.Count, attention.Count));
            lengths.Add(ids.Count);
        }
    }

    [Fact]
    public void Batches()
    {
        Tokenizer tokenizer = TokenizerFixtures.Load("gpt2");
        string[] texts = ["one", "two words", "three words more"];
        // <batch>
        int[][] ids = tokenizer.EncodeBatch(texts);                                  // all cores, in the order of the texts
        IReadOnlyList<TokenEncoding> encodings = tokenizer.EncodeFullBatch(texts);   // padded together, if the tokenizer pads
        // </batch>
        Assert.Equal([1, 2, 3], ids.Select(row => row.Length));
        Assert.Equal(ids, encodings.Select(encoding => encoding.Ids.ToArray()));
    }

    [Fact]
    public void A_long_text_in_parts()
    {
        Tokenizer tokenizer = TokenizerFixtures.Load("gpt2");
        byte[] written = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a book of any length ", 20_000)));
        using Stream book = new MemoryStream(written);
        // <stream>
        StreamEncoder encoder = tokenizer.CreateStreamEncoder();
        ArrayBufferWriter<int> ids = new();
        byte[] part = new byte[1 << 16];
        for (int read; (read = book.Read(part)) > 0;)
            encoder.Append(part.AsSpan(0, read), ids);       // wherever the parts end, the ids are those of the whole
        encoder.Finish(ids);
        // </stream>
        Assert.Equal(tokenizer.Encode(Encoding.UTF8.GetString(written)), ids.WrittenSpan.ToArray());
    }

    [Fact]
    public void Decoding_as_a_model_speaks()
    {
        Tokenizer tokenizer = TokenizerFixtures.Load("gpt2");
        int[] answer = tokenizer.Encode("𝒜 few wörds 中国");
        StringBuilder shown = new();
        // <decode>
        TokenDecoder decoder = tokenizer.CreateDecoder(skipSpecialTokens: true);
        foreach (int id in answer)
            Show(decoder.Append(id));    // nothing until a character is whole
        Show(decoder.Finish());
        // </decode>
        Assert.Equal("𝒜 few wörds 中国", shown.ToString());

        void Show(string text)
        {
            Assert.DoesNotContain('\uFFFD', text);
            shown.Append(text);
        }
    }

    [Fact]
    public void Training()
    {
        IEnumerable<string> lines = Enumerable.Repeat("the fox and the dog and the fox\n", 100);
        string path = _folder["mine.json"];
        // <train>
        TrainerOptions options = new() { VocabularySize = 270, SpecialTokens = ["<|endoftext|>", "<|pad|>"] };
        TrainedTokenizer trained = TokenizerTrainer.Train(lines, options);

        trained.Save(path);
        Tokenizer mine = trained.ToTokenizer();
        // </train>
        Assert.Equal(270, mine.VocabularySize);
        Assert.Equal(mine.Encode("the fox"), Tokenizer.Load(path).Encode("the fox"));
    }

    [Fact]
    public void Looking_into_one()
    {
        Tokenizer tokenizer = TokenizerFixtures.Load("gpt-neox-20b");
        string copy = _folder["copy.json"];
        // <describe>
        TokenizerDescription description = tokenizer.Describe();
        int cannotComeUp = description.Vocabulary.Unreachable?.Count ?? 0;
        ILookup<bool, TokenDescription> byKind = tokenizer.DescribeTokens().ToLookup(token => token.IsUtf8);

        tokenizer.Save(copy);    // tokenizer.json, as HF tokenizers writes it
        // </describe>
        Assert.True(cannotComeUp > 0);
        Assert.Equal(description.Vocabulary.NotUtf8.Count, byKind[false].Count());
        Assert.Equal(tokenizer.Encode("a  b"), Tokenizer.Load(copy).Encode("a  b"));
    }

    private string Write(string name)
    {
        string path = _folder[name + ".json"];
        File.WriteAllBytes(path, TokenizerFixtures.Bytes($"{name}.tokenizer.json.zst"));
        return path;
    }

    private static string Dedented(string code)
    {
        string[] lines = code.Split('\n');
        int indent = lines.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length >= indent ? line[indent..] : ""));
    }

    [GeneratedRegex(@"^ *// <(?<name>\w+)>\n(?<code>.*?)^ *// </\k<name>>$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Marked();

    [GeneratedRegex(@"^```csharp\n(?<code>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fenced();
}
