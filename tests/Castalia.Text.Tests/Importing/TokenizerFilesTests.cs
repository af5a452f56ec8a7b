using System.Text;
using Castalia.Testing;

namespace Castalia.Text.Tests.Importing;

/// <summary>Which of a folder's files is taken, and files whose name says too little.</summary>
public sealed class TokenizerFilesTests : IDisposable
{
    private const string Json = """{"version":"1.0","model":{"type":"WordLevel","vocab":{"json":0},"unk_token":"json"}}""";

    private static readonly byte[] Model = new SentencePieceBuilder().Piece("<unk>", 0, 2).Piece("model").Build();

    private static readonly byte[] Gguf = new GgufBuilder().Add("tokenizer.ggml.model", "llama").Add("tokenizer.ggml.tokens", ["<unk>", "<s>", "</s>", "gguf"])
        .Add("tokenizer.ggml.scores", [0f, 0f, 0f, 0f]).Add("tokenizer.ggml.token_type", [2, 3, 3, 1]).Build();

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folders_tokenizer_is_the_first_kind_that_it_holds()
    {
        InputException none = Assert.Throws<InputException>(() => Tokenizer.Load(_folder.Path));
        Assert.Equal(_folder.Path, none.File);
        Assert.Contains("tokenizer.json, tokenizer.model", none.Remedy);

        Add("model.gguf", Gguf, "gguf");
        Add("vocab.txt", "[UNK]\nbert", "bert");
        Add("vocab.bpe", "", "bert");
        Add("encoder.json", """{"encoder":0}""", "encoder");
        Add("merges.txt", "", "encoder");
        Add("vocab.json", """{"vocab":0}""", "vocab");
        Add("r50k_base.tiktoken", TiktokenRanks.Of("r50k_base"), "Ġthe");
        Add("spiece.model", Model, "model");
        Add("tokenizer.model", new SentencePieceBuilder().Piece("<unk>", 0, 2).Piece("first").Build(), "first");
        Add("tokenizer.json", Json, "json");
    }

    [Fact]
    public void Of_several_files_of_one_kind_none_is_guessed()
    {
        foreach (string kind in (string[])["gguf", "tiktoken", "model"])
        {
            File.WriteAllText(_folder[$"a.{kind}"], "");
            File.WriteAllText(_folder[$"b.{kind}"], "");
            InputException error = Assert.Throws<InputException>(() => Tokenizer.Load(_folder.Path));
            Assert.Contains($"several files *.{kind}", error.Problem);
            Assert.Contains($"a.{kind}, b.{kind}", error.Problem);
        }
    }

    [Fact]
    public void Contents_decide_where_the_name_does_not()
    {
        TokenizerLoadOptions options = new() { TiktokenEncoding = TiktokenEncoding.Find("r50k_base") };
        foreach ((byte[] contents, string token) in ((byte[], string)[])[(Encoding.UTF8.GetBytes(" \n" + Json), "json"), (Model, "model"), (Gguf, "gguf"), (TiktokenRanks.Of("r50k_base"), "Ġthe")])
        {
            foreach (string name in (string[])["tokenizer", "tokenizer.model", "x.bin"])
            {
                File.WriteAllBytes(_folder[name], contents);
                Assert.NotNull(Tokenizer.Load(_folder[name], options).TokenToId(token));
                File.Delete(_folder[name]);
            }
        }
    }

    [Fact]
    public void Files_that_are_none_are_refused()
    {
        Refused("the file is empty", "tokenizer", "");
        Refused("neither its name nor its contents", "tokenizer", "hello\n");
        Refused("neither its name nor its contents", "tokenizer.model", "\u0001\u0002");
        Refused("begins with the letters GGUF", "x.gguf", Json);
        Refused("not JSON", "x.json", "GGUF");
        Assert.Contains("no such file", Assert.Throws<InputException>(() => Tokenizer.Load(_folder["missing.model"])).Problem);
        Assert.Contains("no such file", Assert.Throws<InputException>(() => Tokenizer.Load(_folder["missing.gguf"])).Problem);
        Assert.Throws<InputException>(() => Tokenizer.Load(_folder["missing.json"]));
        Assert.Throws<ArgumentException>(() => Tokenizer.Load(""));
    }

    private void Refused(string problem, string name, string contents)
    {
        File.WriteAllText(_folder[name], contents);
        InputException error = Assert.Throws<InputException>(() => Tokenizer.Load(_folder[name]));
        Assert.Equal(_folder[name], error.File);
        Assert.Contains(problem, error.Problem);
    }

    private void Add(string name, string contents, string token) => Add(name, Encoding.UTF8.GetBytes(contents), token);

    /// <summary>Adds a file and sees which one is read now.</summary>
    private void Add(string name, byte[] contents, string token)
    {
        File.WriteAllBytes(_folder[name], contents);
        Assert.NotNull(Tokenizer.Load(_folder.Path).TokenToId(token));
    }
}
