using System.Text;
using Castalia.Formats;
using Castalia.Models.Gguf;
using Castalia.Testing;
using Castalia.Text;
using Castalia.Text.Exporting;

namespace Castalia.Models.Tests.Gguf;

/// <summary>Our file of <c>gpt_neox_parallel</c> beside the golden one, tensor by tensor and key by key.</summary>
public sealed class GoldenGgufTests : IDisposable
{
    // Why a key is ours alone; what the golden file's script left out.
    private static readonly Dictionary<string, string> OursAlone = new()
    {
        ["general.type"] = "what llama.cpp's converters write of every model",
        ["gptneox.rope.freq_base"] = "10000, which llama.cpp takes where nothing is said",
        ["gptneox.attention.head_count_kv"] = "as many as heads, which llama.cpp takes where nothing is said",
        ["gptneox.vocab_size"] = "the number of tokens, which llama.cpp counts itself",
        ["general.quantization_version"] = "the version of ggml's blocks, there being none in this file",
        ["tokenizer.ggml.add_bos_token"] = "false, which llama.cpp takes for GPT-2's kind",
        ["tokenizer.ggml.add_eos_token"] = "false, which llama.cpp takes for GPT-2's kind",
    };

    // Why a key has another value.
    private static readonly Dictionary<string, string> Otherwise = new()
    {
        ["tokenizer.ggml.merges"] = "the golden file has a merge that makes nothing, ours none at all",
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_tensor_is_the_same_to_the_byte_and_every_key_or_its_difference_is_known()
    {
        using GgufFile golden = GgufFile.Open(Path.Combine(GoldenModel.Folder("gguf_neox_tiny"), "model.gguf")), ours = GgufFile.Open(Write());
        var report = new StringBuilder();

        Assert.Equal(golden.Tensors.Keys.Order(StringComparer.Ordinal), ours.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (GgufTensor expected in golden.InFileOrder)
        {
            GgufTensor found = ours[expected.Name];
            Assert.Equal((expected.Type, string.Join(' ', expected.Shape)), (found.Type, string.Join(' ', found.Shape)));
            Assert.True(golden.Bytes(expected).SequenceEqual(ours.Bytes(found)), expected.Name);
            report.AppendLine($"{expected.Name,-28} {expected.Type} [{string.Join(", ", expected.Shape)}]  equal, {expected.Length} bytes");
        }

        foreach ((string key, GgufValue value) in golden.Metadata)
        {
            GgufValue found = ours.Get(key);
            Assert.Equal(value.Type, found.Type);
            bool equal = Said(value) == Said(found);
            Assert.True(equal != Otherwise.ContainsKey(key), $"{key}: {Said(value)} and {Said(found)}");
            report.AppendLine($"{key,-44} {(equal ? "equal" : Otherwise[key])}");
        }
        string[] more = [.. ours.Metadata.Keys.Where(key => golden.Find(key) is null)];
        Assert.Equal(OursAlone.Keys.Order(StringComparer.Ordinal), more.Order(StringComparer.Ordinal));
        foreach (string key in more)
            report.AppendLine($"{key,-44} ours alone: {OursAlone[key]}");
        TestContext.Current.TestOutputHelper!.WriteLine(report.ToString());
    }

    /// <summary>The golden file's tokenizer is one of bytes, made up by its script: token i is byte i, 319 the end of text.</summary>
    internal static Tokenizer Bytes()
    {
        var json = new StringBuilder("""
            {"version": "1.0", "added_tokens": [{"id": 319, "content": "<|endoftext|>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}],
             "normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}, "post_processor": null,
             "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
             "model": {"type": "BPE", "merges": [], "vocab": {
            """);
        using GgufFile golden = GgufFile.Open(Path.Combine(GoldenModel.Folder("gguf_neox_tiny"), "model.gguf"));
        string[] tokens = golden.Get("tokenizer.ggml.tokens").AsStrings();
        json.AppendJoin(", ", tokens.Index().Where(token => token.Index is < 256 or 319).Select(token => $"{System.Text.Json.JsonSerializer.Serialize(token.Item)}: {token.Index}"));
        return Tokenizer.Parse(Encoding.UTF8.GetBytes(json.Append("}}}").ToString()));
    }

    private string Write()
    {
        string path = _folder["ours.gguf"];
        using StoredModel model = StoredModel.Open(GoldenModel.Folder("gpt_neox_parallel"));
        GgufTokenizer tokenizer = GgufTokenizer.Of(Bytes(), new GgufTokenizerOptions { File = "tokenizer.json", Rows = 320, BeginId = 319, EndId = 319, UnknownId = 319 });
        Assert.Empty(tokenizer.Remarks);
        IReadOnlyList<string> remarks = GgufModel.Write(model, path, GgmlType.F32, new GgufDescription("golden-neox-tiny"), tokenizer.Keys, cancellation: TestContext.Current.CancellationToken);
        Assert.Contains("tanh", Assert.Single(remarks), StringComparison.Ordinal);
        return path;
    }

    private static string Said(GgufValue value) => value.Type switch
    {
        GgufValueType.String => value.AsString(),
        GgufValueType.Bool => value.AsBool().ToString(),
        GgufValueType.Float32 => value.AsFloat().ToString("R", System.Globalization.CultureInfo.InvariantCulture),
        GgufValueType.Array when value.ElementType == GgufValueType.String => string.Join('\n', value.AsStrings()),
        GgufValueType.Array => string.Join(' ', value.AsIntegers()),
        _ => value.AsInteger().ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}
