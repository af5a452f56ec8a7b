using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Castalia.Cli.Tests.Commands;
using Castalia.Formats;
using Castalia.Testing;

namespace Castalia.Cli.Tests;

/// <summary><c>castalia tokenizer</c> on the files of a user.</summary>
public sealed class TokenizerVerbTests(Tokenizers tokenizers) : IDisposable
{
    private static readonly string Documents = Fixtures.Path("tokenizers", "golden", "documents.jsonl.zst");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gpt2")]
    [InlineData("gpt-neox-20b")]
    [InlineData("dolma2")]
    public void Encode_writes_a_line_of_HFs_ids_for_each_document_in_order(string name)
    {
        string said = Do("tokenizer", "encode", "--tokenizer", tokenizers[name], "--input", Documents, "--output", "ids.jsonl.zst");
        JsonElement[] golden = Lines(Documents), ids = Lines(_folder["ids.jsonl.zst"]);
        Assert.Equal(golden.Length, ids.Length);
        Assert.Contains($"{golden.Length} documents", said, StringComparison.Ordinal);
        foreach ((JsonElement document, JsonElement line) in golden.Zip(ids))
        {
            int[] found = [.. line.EnumerateArray().Select(id => id.GetInt32())];
            string hash = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(found.AsSpan())));
            Assert.Equal(document.GetProperty("sha256").GetProperty(name).GetString(), hash);
        }
    }

    [Fact]
    public void Decode_gives_back_what_encode_was_given()
    {
        Do("tokenizer", "encode", "--tokenizer", tokenizers["gpt2"], "--input", Documents, "--output", "ids.jsonl", "--offsets", "--threads", "3");
        Do("tokenizer", "decode", "--tokenizer", tokenizers["gpt2"], "--input", "ids.jsonl", "--output", "texts.jsonl.gz");
        Assert.Equal(Lines(Documents).Select(Text), Lines(_folder["texts.jsonl.gz"]).Select(Text));
    }

    [Fact]
    public void Offsets_are_places_in_the_text_in_the_unit_asked_for()
    {
        const string Written = "Grüße 𝒜 aus\tCalw";
        File.WriteAllText(_folder["docs.jsonl"], JsonSerializer.Serialize(new { meta = new { body = Written } }) + "\n");
        foreach (string unit in new[] { "codepoints", "bytes", "utf16" })
        {
            string line = Do("tokenizer", "encode", "--tokenizer", tokenizers["gpt-neox-20b"], "--input", "docs.jsonl", "--field", "meta.body", "--offsets", "--unit", unit);
            JsonElement encoding = JsonDocument.Parse(line).RootElement;
            Assert.Equal(["ids", "tokens", "offsets", "word_ids", "special_tokens_mask"], encoding.EnumerateObject().Select(property => property.Name));
            int length = unit switch { "bytes" => System.Text.Encoding.UTF8.GetByteCount(Written), "utf16" => Written.Length, _ => Written.EnumerateRunes().Count() };
            Assert.Equal(length, encoding.GetProperty("offsets").EnumerateArray().Last()[1].GetInt32());
            Assert.Single(encoding.EnumerateObject().Select(property => property.Value.GetArrayLength()).Distinct());
        }
    }

    [Fact]
    public void Special_tokens_in_a_text_count_as_such_or_as_text_or_are_refused()
    {
        File.WriteAllText(_folder["docs.txt"], "a\nb<|endoftext|>\n\n");
        string[] Encode(string special) => Do("tokenizer", "encode", "--tokenizer", tokenizers["gpt2"], "--input", "docs.txt", "--special-tokens", special).TrimEnd('\n').Split('\n');
        // Plain text has a document a line, empty ones included.
        Assert.Equal(["[64]", "[65,50256]", "[]"], Encode("allow"));
        Assert.Equal("[65,27,91,437,1659,5239,91,29]", Encode("text")[1]);
        ErrorScreen.AssertShows(CastaliaProgram.Run(_folder.Path, "tokenizer", "encode", "--tokenizer", tokenizers["gpt2"], "--input", "docs.txt", "--special-tokens", "refuse", "--output", "ids.jsonl"),
            "docs.txt", "line 2", "<|endoftext|>");
        Assert.False(File.Exists(_folder["ids.jsonl"]));
    }

    [Fact]
    public void Documents_come_from_a_pipe_and_leave_by_one()
    {
        using Process process = CastaliaProgram.StartPiped(_folder.Path, "tokenizer", "encode", "--tokenizer", tokenizers["gpt2"], "--input", "-");
        process.StandardInput.Write("{\"text\": \"Hello world\"}\n\n{\"text\": \"\"}");
        process.StandardInput.Close();
        CommandResult result = CastaliaProgram.Finish(process);
        Assert.Equal((0, "[15496,995]\n[]\n", ""), (result.ExitCode, result.Output, result.Errors));
    }

    [Fact]
    public void Ids_on_the_command_line_are_decoded()
    {
        Assert.Equal("Hello world\n", Do("tokenizer", "decode", "--tokenizer", tokenizers["gpt2"], "--ids", "15496", "995"));
        ErrorScreen.AssertShows(CastaliaProgram.Run(_folder.Path, "tokenizer", "decode", "--tokenizer", tokenizers["gpt2"], "--ids", "50257"), "50257", "50256");
    }

    [Theory]
    [InlineData("{\"text\": \"a\"}\n{\"text\": \"b\"", "line 2", "broken JSON")]
    [InlineData("{\"text\": \"a\"}\n\n{\"body\": \"b\"}\n", "line 3", "\"text\"")]
    [InlineData("{\"text\": 7}\n", "line 1", "number")]
    [InlineData("[1, 2]\n", "line 1", "object")]
    [InlineData("{\"text\": \"\\ud800\"}\n", "line 1", "UTF-8")]
    [InlineData("{\"text\": \"a\"} {\"text\": \"b\"}\n", "line 1", "more behind it|broken JSON")]
    public void A_line_that_is_no_document_is_named(string content, string place, string problems)
    {
        File.WriteAllText(_folder["docs.jsonl"], content);
        CommandResult result = CastaliaProgram.Run(_folder.Path, "tokenizer", "encode", "--tokenizer", tokenizers["gpt2"], "--input", "docs.jsonl", "--output", "ids.jsonl");
        ErrorScreen.AssertShows(result, "docs.jsonl", place);
        Assert.Contains(problems.Split('|'), problem => result.Errors.Contains(problem, StringComparison.Ordinal));
        Assert.False(File.Exists(_folder["ids.jsonl"]));
    }

    [Theory]
    [InlineData("[1, 2, -3]\n", "line 1", "whole numbers")]
    [InlineData("[1]\n{\"ids\": [1, 99999]}\n", "line 2", "no id 99999")]
    [InlineData("{\"tokens\": [1]}\n", "line 1", "found none")]
    [InlineData("[1, 2\n", "line 1", "broken JSON")]
    public void A_line_that_has_no_ids_is_named(string content, string place, string problem)
    {
        File.WriteAllText(_folder["ids.jsonl"], content);
        ErrorScreen.AssertShows(CastaliaProgram.Run(_folder.Path, "tokenizer", "decode", "--tokenizer", tokenizers["gpt2"], "--input", "ids.jsonl", "--output", "texts.jsonl"),
            "ids.jsonl", place, problem);
        Assert.False(File.Exists(_folder["texts.jsonl"]));
    }

    [Fact]
    public void Inspect_says_what_a_tokenizer_is_and_how_it_cuts_a_text()
    {
        string shown = Do("tokenizer", "inspect", tokenizers["gpt-neox-20b"], "--tokens", "2");
        Assert.All(["BPE, 50,254 tokens, 50,009 merges", "50,277 ids", "{\"type\":\"NFC\"}", "<|padding|>", "special", "Latin"], part => Assert.Contains(part, shown, StringComparison.Ordinal));

        string table = Do("tokenizer", "inspect", tokenizers["gpt-neox-20b"], "--text", "Hello  world\u202E\u001b[31m");
        Assert.Matches(@"0\s+12092\s+Hello\s+0\s+5\s+""Hello""", table);
        Assert.DoesNotContain('\u001b', table);
        Assert.DoesNotContain('\u202E', table);

        JsonElement json = JsonDocument.Parse(Do("tokenizer", "inspect", tokenizers["gpt-neox-20b"], "--json", "--text", "Hello")).RootElement;
        Assert.Equal(50_277, json.GetProperty("tokenizer").GetProperty("vocabulary_size").GetInt32());
        Assert.Equal(12_092, json.GetProperty("tokens")[0].GetProperty("id").GetInt32());
    }

    [Fact]
    public void Compare_prints_tables_and_writes_its_results_and_page()
    {
        string said = Do("tokenizer", "compare", tokenizers["gpt2"], tokenizers["gpt-neox-20b"], "--input", Documents, "--output", "comparison");
        Assert.All(["documents ", "Latin script", "Cyrillic script", "tokens in both", "comparison.html"], part => Assert.Contains(part, said, StringComparison.Ordinal));
        JsonElement results = JsonDocument.Parse(File.ReadAllBytes(_folder["comparison", "results.json"])).RootElement;
        JsonElement[] golden = Lines(Documents);
        foreach ((string side, string name) in new[] { ("a", "gpt2"), ("b", "gpt-neox-20b") })
        {
            Assert.Equal(name, results.GetProperty(side).GetProperty("name").GetString());
            Assert.Equal(golden.Sum(document => document.GetProperty("tokens").GetProperty(name).GetInt64()), results.GetProperty("total").GetProperty(side).GetProperty("tokens").GetInt64());
        }
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(_folder["comparison", "comparison.html"]), StringComparison.Ordinal);
        Assert.Contains("comparison is up to date", Do("tokenizer", "compare", tokenizers["gpt2"], tokenizers["gpt-neox-20b"], "--input", Documents, "--output", "comparison"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tokenizer", "encode", "--input", "docs.jsonl")]
    [InlineData("tokenizer", "decode", "--tokenizer", "t.json")]
    [InlineData("tokenizer", "decode", "--tokenizer", "t.json", "--input", "a.jsonl", "--ids", "1")]
    [InlineData("tokenizer", "inspect")]
    [InlineData("tokenizer", "compare", "a.json", "--input", "docs.jsonl")]
    public void A_command_line_that_is_not_understood_has_exit_code_2(params string[] arguments)
    {
        CommandResult result = CastaliaProgram.Run(_folder.Path, arguments);
        Assert.Equal(2, result.ExitCode);
        ErrorScreen.AssertOneScreen(result);
    }

    [Theory]
    [InlineData("--unit", "words", "unknown value 'words'")]
    [InlineData("--threads", "many", "threads")]
    [InlineData("--stride", "3", "--max-length")]
    [InlineData("--format", "csv", "csv")]
    public void An_option_that_cannot_be_meant_is_refused(string option, string value, string says)
    {
        File.WriteAllText(_folder["docs.jsonl"], "{\"text\": \"a\"}\n");
        ErrorScreen.AssertShows(CastaliaProgram.Run(_folder.Path, "tokenizer", "encode", "--tokenizer", tokenizers["gpt2"], "--input", "docs.jsonl", option, value), says);
    }

    private string Do(params string[] arguments) => CastaliaProgram.Succeed(_folder.Path, arguments);

    private static string Text(JsonElement document) => document.GetProperty("text").GetString()!;

    private static JsonElement[] Lines(string path)
    {
        using var reader = new StreamReader(CompressedStream.OpenRead(path));
        List<JsonElement> lines = [];
        while (reader.ReadLine() is string line)
            lines.Add(JsonDocument.Parse(line).RootElement);
        return [.. lines];
    }
}
