using System.Text.Json.Nodes;
using Castalia.Formats;
using Castalia.Models.Conversion;
using Castalia.Models.Tests.Gguf;
using Castalia.Testing;
using Castalia.Text;
using static TorchSharp.torch;

namespace Castalia.Models.Tests.Conversion;

/// <summary>A model in another form: the same weights, the tokenizer with them, and where it all comes from.</summary>
public sealed class ModelConversionTests : IDisposable
{
    private const string Golden = "gpt_neox_parallel";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_converted_without_a_word_keeps_its_weights_to_the_byte()
    {
        ConversionResult result = Convert(GoldenModel.Folder(Golden), "out", new ConversionOptions { Command = "castalia convert a b --to hf" });
        Assert.Equal(_folder["out"], result.Path);
        Assert.Equal(191_040, result.Parameters);
        Assert.Equal(Hash(Path.Combine(GoldenModel.Folder(Golden), "model.safetensors")), Hash(_folder["out", "model.safetensors"]));
        JsonObject before = Json(Path.Combine(GoldenModel.Folder(Golden), "config.json")), after = Json(_folder["out", "config.json"]);
        before["torch_dtype"] = "float32"; // for versions before 5
        Assert.True(JsonNode.DeepEquals(before, after), after.ToJsonString());
        Assert.Equal(["README.md", "config.json", "generation_config.json", "model.safetensors"], Names("out"));

        string card = File.ReadAllText(_folder["out", "README.md"]);
        Assert.StartsWith("---\nlibrary_name: transformers\npipeline_tag: text-generation\ntags:\n- castalia\n- gpt_neox\n---\n\n# gpt_neox_parallel\n", card, StringComparison.Ordinal);
        Assert.Contains($"| `{Hash(Path.Combine(GoldenModel.Folder(Golden), "model.safetensors"))}` |", card, StringComparison.Ordinal);
        Assert.Contains("    castalia convert a b --to hf\n", card, StringComparison.Ordinal);
        Assert.Contains("weights float32, ", card, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpt_neox_parallel", WeightType.BFloat16, ScalarType.BFloat16)]
    [InlineData("gpt2", WeightType.Float16, ScalarType.Float16)]
    [InlineData("opt_350m_style", WeightType.BFloat16, ScalarType.BFloat16)]
    public void Weights_are_cast_and_the_configuration_says_so(string name, WeightType type, ScalarType dtype)
    {
        Convert(GoldenModel.Folder(name), "out", new ConversionOptions { Type = type });
        JsonObject config = Json(_folder["out", "config.json"]);
        string said = type == WeightType.BFloat16 ? "bfloat16" : "float16";
        Assert.Equal((said, said), ((string?)config["dtype"], (string?)config["torch_dtype"]));
        using StoredModel before = StoredModel.Open(GoldenModel.Folder(name)), after = StoredModel.Open(_folder["out"]);
        foreach ((HuggingFaceParameter first, HuggingFaceParameter second) in before.Parameters.Zip(after.Parameters))
        {
            using Tensor original = before.Read(first), cast = original.to(dtype), found = after.Read(second);
            Assert.Equal(dtype, found.dtype);
            Assert.Equal(cast.bytes, found.bytes);
        }
    }

    [Fact]
    public void Large_weights_are_split_by_the_rule_of_transformers()
    {
        ConversionResult result = Convert(GoldenModel.Folder(Golden), "out", new ConversionOptions { MaxShardSize = 150_000 });
        string index = _folder["out", "model.safetensors.index.json"];
        JsonObject json = Json(index), map = json["weight_map"]!.AsObject();
        Assert.Equal((191_040L, 191_040L * 4), ((long)json["metadata"]!["total_parameters"]!, (long)json["metadata"]!["total_size"]!));
        Assert.Equal(result.Files.Select((_, i) => $"model-{i + 1:D5}-of-{result.Files.Count:D5}.safetensors"), result.Files.Select(file => file.Name));
        Assert.True(result.Files.Count > 4);

        // Each file holds a run of tensors; the first tensor of the next would have been too many.
        using StoredModel model = StoredModel.Open(GoldenModel.Folder(Golden));
        long filled = 0;
        string? last = null;
        foreach (HuggingFaceParameter parameter in model.Parameters)
        {
            long bytes = 4 * parameter.Shape.Aggregate(1L, (count, length) => count * length);
            string file = (string)map[parameter.Name]!;
            if (file != last)
                Assert.True(last is null || (filled + bytes > 150_000 && string.CompareOrdinal(file, last) > 0));
            filled = file == last ? filled + bytes : bytes;
            Assert.True(filled <= 150_000);
            last = file;
        }
        using Transformer whole = HuggingFaceFolder.Load(GoldenModel.Folder(Golden)), split = HuggingFaceFolder.Load(_folder["out"]);
        Assert.Equal(whole.Weights.Flat.Flat.bytes, split.Weights.Flat.Flat.bytes);
    }

    [Fact]
    public void A_tensor_larger_than_a_file_has_one_to_itself()
    {
        Assert.Equal(["9", "1 2", "3"], ShardPlan.Split([1, 2, 9, 3], length => length, 3).Select(shard => string.Join(' ', shard)));
        Assert.Equal(["1 2 3"], ShardPlan.Split([1, 2, 3], length => length, 6).Select(shard => string.Join(' ', shard)));
    }

    [Theory]
    [InlineData("5GB", 5_000_000_000)]
    [InlineData("0.5 gib", 536_870_912)]
    [InlineData("500MB", 500_000_000)]
    [InlineData("123", 123)]
    [InlineData("0", 0)]
    [InlineData("-1GB", 0)]
    [InlineData("five", 0)]
    [InlineData("99999999999TB", 0)]
    public void Sizes_are_read_as_people_write_them(string text, long expected)
    {
        Assert.Equal(expected > 0, ShardPlan.TryParseSize(text, out long bytes));
        Assert.Equal(expected, bytes);
    }

    [Fact]
    public void The_tokenizer_comes_along_and_what_transformers_needs_beside_it_is_written()
    {
        string source = Model("source");
        GoldenGgufTests.Bytes().Save(Path.Combine(source, "tokenizer.json"));
        JsonObject config = Json(Path.Combine(source, "config.json"));
        config["eos_token_id"] = 319;
        File.Delete(Path.Combine(source, "config.json"));
        File.WriteAllText(Path.Combine(source, "config.json"), config.ToJsonString());
        Assert.True(Convert(source, "out", new ConversionOptions()).HasTokenizer);
        Assert.Equal(Hash(Path.Combine(source, "tokenizer.json")), Hash(_folder["out", "tokenizer.json"]));
        Assert.Equal("<|endoftext|>", (string?)Json(_folder["out", "tokenizer_config.json"])["eos_token"]);
        Assert.Equal("PreTrainedTokenizerFast", (string?)Json(_folder["out", "tokenizer_config.json"])["tokenizer_class"]);
        Assert.Equal("<|endoftext|>", (string?)Json(_folder["out", "special_tokens_map.json"])["eos_token"]);

        // What is there is kept, chat template and all.
        File.WriteAllText(Path.Combine(source, "tokenizer_config.json"), """{"eos_token": {"content": "<|endoftext|>"}, "chat_template": "{{ messages }}", "own": 1}""");
        File.WriteAllText(Path.Combine(source, "LICENSE"), "free");
        Convert(source, "again", new ConversionOptions());
        Assert.Equal(Hash(Path.Combine(source, "tokenizer_config.json")), Hash(_folder["again", "tokenizer_config.json"]));
        Assert.Equal("free", File.ReadAllText(_folder["again", "LICENSE"]));
        Convert(source, "model.gguf", new ConversionOptions { Format = ModelFormat.Gguf });
        using (GgufFile file = GgufFile.Open(_folder["model.gguf"]))
        {
            Assert.Equal("{{ messages }}", file.Get("tokenizer.chat_template").AsString());
            Assert.Equal(319, file.Get("tokenizer.ggml.eos_token_id").AsInteger());
            Assert.Equal("source", file.Get("general.name").AsString());
        }

        // And back, from the file alone.
        Assert.True(Convert(_folder["model.gguf"], "back", new ConversionOptions()).HasTokenizer);
        Assert.Equal(Hash(Path.Combine(source, "model.safetensors")), Hash(_folder["back", "model.safetensors"]));
        Assert.Equal("{{ messages }}", (string?)Json(_folder["back", "tokenizer_config.json"])["chat_template"]);
        Assert.Equal([104, 105, 319], Tokenizer.Load(_folder["back"]).Encode("hi<|endoftext|>"));
    }

    [Fact]
    public void A_models_own_card_is_kept_and_its_licence_is_told()
    {
        string source = Model("source");
        File.WriteAllText(Path.Combine(source, "README.md"), "---\nlicense: apache-2.0\ntags:\n- mine\n---\n\n# Mine\n\nAll about it.\n");
        Convert(source, "once", new ConversionOptions());
        Convert(_folder["once"], "twice", new ConversionOptions { Command = "the second" });
        string card = File.ReadAllText(_folder["twice", "README.md"]);
        Assert.StartsWith("---\nlicense: apache-2.0\ntags:\n- mine\n---\n\n# Mine\n\nAll about it.\n\n## Conversion\n", card, StringComparison.Ordinal);
        Assert.Single(card.Split('\n'), line => line == "## Conversion");
        Assert.Contains("the second", card, StringComparison.Ordinal);
        Convert(_folder["twice"], "a.gguf", new ConversionOptions { Format = ModelFormat.Gguf });
        using GgufFile file = GgufFile.Open(_folder["a.gguf"]);
        Assert.Equal("apache-2.0", file.Get("general.license").AsString());
    }

    [Fact]
    public void A_checkpoints_step_and_run_stand_in_the_card()
    {
        string source = Model("run", "checkpoints", "step12");
        File.WriteAllText(Path.Combine(source, "checkpoint.json"), """{"format": "castalia-checkpoint-1", "step": 12, "options_hash": "abc"}""");
        File.WriteAllText(_folder["run", "manifest.json"], """{"command": "castalia train --model small", "fingerprint": "f00d"}""");
        Convert(source, "out", new ConversionOptions());
        string card = File.ReadAllText(_folder["out", "README.md"]);
        Assert.Contains("# run-step12\n", card, StringComparison.Ordinal);
        Assert.Contains("step 12 of a training run (settings abc)", card, StringComparison.Ordinal);
        Assert.Contains("Trained by (run f00d):\n\n    castalia train --model small\n", card, StringComparison.Ordinal);
        Assert.EndsWith("run-step12-F32.gguf", Convert(source, "", new ConversionOptions { Format = ModelFormat.Gguf }).Path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_checkpoint_of_GPT_NeoX_is_written_and_comes_back_the_same(int ranks)
    {
        var neox = new ConversionOptions { Format = ModelFormat.NeoX, TensorParallel = ranks };
        ConversionResult result = Convert(GoldenModel.Folder(Golden), "out", neox);
        Assert.Contains(($"global_step0/layer_00-model_{ranks - 1:00}-model_states.pt"), result.Files.Select(file => file.Name));
        Assert.Equal("global_step0", File.ReadAllText(_folder["out", "latest"]));
        Assert.StartsWith("---\nlibrary_name: gpt-neox\n", File.ReadAllText(_folder["out", "README.md"]), StringComparison.Ordinal);
        using (StoredModel before = StoredModel.Open(GoldenModel.Folder(Golden)), after = StoredModel.Open(_folder["out"]))
        {
            foreach ((HuggingFaceParameter first, HuggingFaceParameter second) in before.Parameters.Zip(after.Parameters))
            {
                using Tensor original = before.Read(first), found = after.Read(second);
                Assert.InRange(GoldenModel.MaxDifference(original, found), 0, ranks == 1 ? 0 : 1e-6); // biases are summed over the ranks
            }
        }
        Convert(_folder["out"], "back", new ConversionOptions());
        Assert.Equal(HuggingFaceFolder.LoadConfig(GoldenModel.Folder(Golden)) with { BeginTokenId = null, EndTokenId = null }, HuggingFaceFolder.LoadConfig(_folder["back"]) with { BeginTokenId = null, EndTokenId = null });
        Convert(GoldenModel.Folder(Golden), "out", neox with { Force = true });
        Assert.Contains("do not all divide", Assert.Throws<InputException>(() => Convert(GoldenModel.Folder(Golden), "x", neox with { TensorParallel = 3 })).Problem, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => Convert(GoldenModel.Folder("gpt2"), "x", neox));
        Assert.False(Directory.Exists(_folder["x"]));
    }

    [Fact]
    public void Nothing_is_replaced_unasked_and_only_a_model_when_asked()
    {
        string source = Model("source");
        Refused("cannot be", source, source, new ConversionOptions { Force = true });
        Refused("cannot be", source, Path.Combine(source, "inside"), new ConversionOptions());
        Refused("cannot be", source, _folder.Path, new ConversionOptions { Force = true });

        Convert(source, "out", new ConversionOptions());
        Refused("already", source, _folder["out"], new ConversionOptions());
        File.WriteAllText(_folder["out", "extra"], "");
        Convert(source, "out", new ConversionOptions { Force = true });
        Assert.DoesNotContain("extra", Names("out"));
        Directory.CreateDirectory(_folder["other"]);
        File.WriteAllText(_folder["other", "thesis.txt"], "");
        Refused("holds no model", source, _folder["other"], new ConversionOptions { Force = true });

        var gguf = new ConversionOptions { Format = ModelFormat.Gguf };
        Convert(source, "a.gguf", gguf);
        Refused("already", source, _folder["a.gguf"], gguf);
        Convert(source, "a.gguf", gguf with { Force = true });
        Refused("no GGUF", source, _folder["other", "thesis.txt"], gguf with { Force = true });
        Refused("GGUF files only", source, _folder["x"], new ConversionOptions { Type = WeightType.Q8_0 });
        Refused("split into parts", source, _folder["x"], new ConversionOptions { TensorParallel = 2 });
        Assert.False(Directory.Exists(_folder["x"]));
        Assert.Throws<OperationCanceledException>(() => ModelConversion.Run(source, _folder["x"], new ConversionOptions(), null, new CancellationToken(true)));
        Assert.Equal(["a.gguf", "other", "out", "source"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        static void Refused(string said, string source, string target, ConversionOptions options) =>
            Assert.Contains(said, Assert.Throws<InputException>(() => ModelConversion.Run(source, target, options, null, CancellationToken.None)).Problem, StringComparison.Ordinal);
    }

    private ConversionResult Convert(string source, string target, ConversionOptions options) =>
        ModelConversion.Run(source, _folder[target], options, null, TestContext.Current.CancellationToken);

    private string Model(params string[] parts)
    {
        Directory.CreateDirectory(_folder[parts]);
        foreach (string name in (string[])["config.json", "model.safetensors"])
            File.Copy(Path.Combine(GoldenModel.Folder(Golden), name), Path.Combine(_folder[parts], name));
        return _folder[parts];
    }

    private string[] Names(string folder) => [.. Directory.GetFiles(_folder[folder]).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    private static string Hash(string path) => ContentHash.OfFile(path);

    private static JsonObject Json(string path) => JsonNode.Parse(File.ReadAllText(path))!.AsObject();
}
