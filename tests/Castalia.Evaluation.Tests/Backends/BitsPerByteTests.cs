using System.Text.Json;
using Castalia.Data;
using Castalia.Models;
using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Backends;

public sealed class BitsPerByteTests : IDisposable
{
    private static readonly Document[] Documents =
    [
        new("1", "First text of b.", "b"),
        new("2", "Text of a: é.", "a"),
        new("3", "Second text of b.", "b"),
        new("4", "", "a"),
    ];

    private readonly Transformer _transformer = TinyModel.Load();

    public void Dispose() => _transformer.Dispose();

    private BitsPerByte Score(BitsPerByteOptions? options = null) => BitsPerByte.Evaluate(
        new TransformerLanguageModel(_transformer, TinyModel.Tokenizer, "tiny"), Documents, options, 12, null, TestContext.Current.CancellationToken);

    [Fact]
    public void Components_and_total_are_log_likelihoods_over_bytes()
    {
        BitsPerByte score = Score();
        Assert.Equal(["a", "b"], score.Components.Keys);
        foreach ((string source, ComponentScore component) in score.Components)
        {
            double sum = Documents.Where(d => d.Source == source && d.Text.Length > 0)
                .Sum(d => TinyModel.Plain(_transformer, [TinyModel.EndOfText, .. TinyModel.Tokenizer.Encode(d.Text)], 1).sum);
            long bytes = Documents.Where(d => d.Source == source).Sum(d => (long)System.Text.Encoding.UTF8.GetByteCount(d.Text));
            Assert.Equal(sum, component.Loglikelihood, 1e-3);
            Assert.Equal(-sum / bytes / Math.Log(2), component.BitsPerByte, 1e-4);
            Assert.Equal((bytes, bytes), (component.Bytes, component.Tokens)); // the tokenizer has a token a byte
        }
        Assert.Equal(3, score.Total.Documents);
        Assert.Equal(score.Components.Values.Sum(c => c.Loglikelihood), score.Total.Loglikelihood, 1e-9);
    }

    [Fact]
    public void Limits_hold_for_each_component()
    {
        Assert.Equal(1, Score(new BitsPerByteOptions { DocumentsPerComponent = 1 }).Components["b"].Documents);
        BitsPerByte cut = Score(new BitsPerByteOptions { BytesPerComponent = 12 });
        Assert.Equal(11, cut.Components["a"].Bytes); // the twelfth byte is half a character
        Assert.Equal((12L, 1L), (cut.Components["b"].Bytes, cut.Components["b"].Documents));
        Assert.Throws<InputException>(() => Score(new BitsPerByteOptions { DocumentsPerComponent = 0 }));
    }

    [Fact]
    public void The_file_has_the_names_that_the_report_reads()
    {
        using var folder = new TemporaryFolder();
        BitsPerByte score = Score();
        score.Write(folder["bits_per_byte.json"]);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(folder["bits_per_byte.json"]));
        Assert.Equal(("tiny", 12), (json.RootElement.GetProperty("model").GetString(), json.RootElement.GetProperty("step").GetInt32()));
        JsonElement a = json.RootElement.GetProperty("components").GetProperty("a");
        Assert.Equal(score.Components["a"].BitsPerByte, a.GetProperty("bits_per_byte").GetDouble());
        Assert.Equal(["bits_per_byte", "bytes", "tokens", "documents", "loglikelihood"], a.EnumerateObject().Select(p => p.Name));
        Assert.Equal(score.Total.Tokens, json.RootElement.GetProperty("total").GetProperty("tokens").GetInt64());
    }
}
