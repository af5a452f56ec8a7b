using System.Text.Json;
using Castalia.Cli.Tests.Commands;
using Castalia.Formats;
using Castalia.Testing;

namespace Castalia.Cli.Tests;

/// <summary><c>castalia inspect</c>, <c>logits</c> and <c>audit</c> on models that transformers wrote.</summary>
public sealed class ModelVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Inspect_shows_parts_shapes_and_hashes_of_folders_and_files()
    {
        string said = CastaliaProgram.Succeed(_folder.Path, "inspect", Model("llama_rope_yarn"), "--tensors");
        Assert.Contains("YaRN by 4 beyond 16", said);
        Assert.Contains("4 heads over 2 of keys of 16", said);
        Assert.Matches(@"101,376 +56\.4 % +mlp", said);
        Assert.Matches(@"model\.layers\.2\.self_attn\.v_proj\.weight +F32 +\[32, 64\] +8,192 +attention +ce2de24d78ceb589", said);

        JsonElement json = JsonDocument.Parse(CastaliaProgram.Succeed(_folder.Path, "inspect", Fixtures.Path("models", "gguf_neox_tiny", "model.gguf"), "--json")).RootElement;
        Assert.Equal("gptneox", json.GetProperty("architecture").GetString());
        Assert.Equal(40, json.GetProperty("tensors").GetArrayLength());
        Assert.Equal("0", json.GetProperty("metadata").GetProperty("general.file_type").GetString());
    }

    [Fact]
    public void Logits_are_those_of_the_reference_whole_cached_and_padded()
    {
        string[] plain = ["logits", Model("opt"), "--input-ids", Path.Combine(Model("opt"), "input_ids.json"), "--out", "logits.safetensors"];
        CastaliaProgram.Succeed(_folder.Path, [.. plain, "--hidden-states", "hidden.safetensors", "--cache"]);
        AssertNear(Path.Combine(Model("opt"), "logits.safetensors"), _folder["logits.safetensors"], 1e-4f);
        AssertNear(Path.Combine(Model("opt"), "hidden_states.safetensors"), _folder["hidden.safetensors"], 1e-4f);

        JsonElement padded = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Model("opt"), "leftpad.json"))).RootElement;
        File.WriteAllText(_folder["ids.json"], padded.GetProperty("input_ids").GetRawText());
        File.WriteAllText(_folder["mask.json"], padded.GetProperty("attention_mask").GetRawText());
        CastaliaProgram.Succeed(_folder.Path, "logits", Model("opt"), "--input-ids", "ids.json", "--attention-mask", "mask.json", "--out", "padded.safetensors", "--dtype", "bf16");
        using SafetensorsFile file = SafetensorsFile.Open(_folder["padded.safetensors"]);
        Assert.Equal(SafetensorsDType.F32, file["logits"].DType);
        Assert.Equal([2, 48, 320], file["logits"].Shape);

        File.WriteAllText(_folder["mask.json"], "[[1, 1]]");
        CommandResult refused = CastaliaProgram.Run(_folder.Path, [.. plain, "--attention-mask", "mask.json"]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("mask.json", refused.Errors);
    }

    [Fact]
    public void Audit_ends_with_1_where_a_step_holds_another_steps_weights_and_draws_the_distances()
    {
        // Three steps of three models: nothing is out of order among them but what is copied below.
        string[] models = ["gpt_neox_parallel", "gpt_neox_linear_rope", "gpt_neox_sequential"];
        for (int i = 0; i < models.Length; i++)
        {
            Directory.CreateDirectory(_folder["run", $"step{i + 3}"]);
            foreach (string file in (string[])["config.json", "model.safetensors"])
                File.Copy(Path.Combine(Model(models[i]), file), _folder["run", $"step{i + 3}", file]);
        }
        Assert.Contains("Every checkpoint holds weights of its own", CastaliaProgram.Succeed(_folder.Path, "audit", "run"));

        File.Copy(_folder["run", "step3", "model.safetensors"], _folder["run", "step5", "model.safetensors"], overwrite: true);
        CommandResult found = CastaliaProgram.Run(_folder.Path, "audit", "run", "--output", "audit");
        Assert.Equal(1, found.ExitCode);
        Assert.Contains("WRONG step3 and step5 hold the same weights", found.Output);
        JsonElement json = JsonDocument.Parse(File.ReadAllBytes(_folder["audit", "audit.json"])).RootElement;
        Assert.Equal(3, json.GetProperty("checkpoints").GetArrayLength());
        Assert.Equal(40, json.GetProperty("checkpoints")[0].GetProperty("tensors").GetArrayLength());
        string page = File.ReadAllText(_folder["audit", "audit.html"]);
        Assert.Contains("One finding among 3 checkpoints", page);
        Assert.Equal(3, page.Split("\nitself</title>").Length - 1);            // the map has a cell for every two, told on hovering
        Assert.Equal(2, page.Split("\nthe same weights</title>").Length - 1);
    }

    private static string Model(string name) => Fixtures.Path("models", name);

    private static void AssertNear(string expected, string found, float tolerance)
    {
        using SafetensorsFile a = SafetensorsFile.Open(expected), b = SafetensorsFile.Open(found);
        Assert.Equal(a.Tensors.Keys.Order(), b.Tensors.Keys.Order());
        foreach (string name in a.Tensors.Keys)
        {
            float[] x = Floats(a, name), y = Floats(b, name);
            Assert.Equal(x.Length, y.Length);
            Assert.InRange(x.Zip(y).Max(pair => Math.Abs(pair.First - pair.Second)), 0, tolerance);
        }
    }

    private static float[] Floats(SafetensorsFile file, string name) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(file.Bytes(file[name])).ToArray();
}
