using System.Diagnostics;
using System.Text.Json;
using Castalia.Cli.Tests.Commands;
using Castalia.Formats;

namespace Castalia.Cli.Tests;

/// <summary>Fine-tuning as a user does it: the verb, a recipe's stages, an adapter used and merged, a run that is killed.</summary>
public sealed class FinetuneTests(ReferenceRun reference) : IDisposable
{
    private const string Base = "runs/small/models/two/checkpoints/step40";

    private readonly SmallExperiment _experiment = reference.Experiment.Copy();

    public void Dispose() => _experiment.Dispose();

    [Fact]
    public void An_adapter_is_trained_used_by_the_other_verbs_and_merged()
    {
        WriteExamples();
        string[] command =
        [
            "finetune", "--model", Base, "--data", "examples.jsonl", "--validation", "held.jsonl", "--method", "lora", "--lora-rank", "4", "--lora-targets", "all-linear",
            "--chat-template", "plain", "--sequence-length", "48", "--batch-size", "4", "--steps", "12", "--learning-rate", "1e-2", "--precision", "fp32", "--output", "tuned",
        ];
        string said = CastaliaProgram.Succeed(_experiment.Folder, command);
        Assert.Contains("tuned-examples: done", said, StringComparison.Ordinal);
        Assert.Contains("tuned: done", said, StringComparison.Ordinal);
        Assert.Contains("tuned is up to date", CastaliaProgram.Succeed(_experiment.Folder, command), StringComparison.Ordinal);

        string[] metrics = File.ReadAllLines(_experiment["tuned", "metrics.jsonl"]);
        Assert.Equal(12, metrics.Length);
        Assert.True(Number(metrics[^1], "loss") < Number(metrics[0], "loss"));
        Assert.True(Number(metrics[^1], "validation_loss") > 0);
        Assert.InRange(Number(metrics[0], "learned_tokens"), 1, 4 * 48);
        string adapter = "tuned/checkpoints/step12";
        Assert.Equal(["adapter_config.json", "adapter_model.safetensors", "chat_template.jinja", "checkpoint.json", "optimizer.safetensors", "tokenizer.json"],
            Directory.EnumerateFiles(_experiment[adapter]).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));

        File.WriteAllText(_experiment["ids.json"], "[[1, 2, 3, 4, 5, 6, 7, 8]]");
        CastaliaProgram.Succeed(_experiment.Folder, "merge-adapter", Base, adapter, "merged");
        float[] plain = Logits(Base), beside = Logits(Base, "--adapter", adapter), merged = Logits("merged");
        Assert.True(Difference(plain, beside) > 1e-3);
        Assert.InRange(Difference(beside, merged), 0, 1e-4);
        Assert.True(File.Exists(_experiment["merged", "tokenizer.json"]));

        string[] generate = ["generate", "--prompt", "abc", "--max-new-tokens", "8", "--temperature", "0"];
        string byName = CastaliaProgram.Succeed(_experiment.Folder, [.. generate, "--model", adapter]), byHand = CastaliaProgram.Succeed(_experiment.Folder, [.. generate, "--model", Base, "--adapter", adapter]);
        Assert.Equal(Text(byHand), Text(byName));
        Assert.Equal(Text(byName), Text(CastaliaProgram.Succeed(_experiment.Folder, [.. generate, "--model", "merged"])));
        File.WriteAllText(_experiment["eval.yml"], "evaluation: {tasks: [], bits_per_byte_bytes: 400}");
        CastaliaProgram.Succeed(_experiment.Folder, "eval", "--config", "eval.yml", "--model", Base, "--adapter", adapter, "--data", "docs.jsonl", "--output", "scores");
        CastaliaProgram.Succeed(_experiment.Folder, "eval", "--config", "eval.yml", "--model", Base, "--data", "docs.jsonl", "--output", "base-scores");
        Assert.NotEqual(File.ReadAllText(_experiment["base-scores", "step40", "bits_per_byte.json"]), File.ReadAllText(_experiment["scores", "step40", "bits_per_byte.json"]));

        // What is written after the names and steps.
        static string Text(string printed) => printed[(printed.LastIndexOf("abc", StringComparison.Ordinal) + 3)..];
    }

    [Fact]
    public void As_stages_of_a_recipe_it_follows_the_model_it_starts_from_and_a_kill_changes_nothing()
    {
        WriteExamples();
        File.WriteAllText(_experiment["tune.yml"], """
            include: recipe.yml
            finetune:
              - name: answers
                start_from: two
                data: [examples.jsonl]
                chat_template: plain
                sequence_length: 48
                batch_size: 4
                steps: 60
                learning_rate: 1e-3
                checkpoint_interval: 25
                precision: fp32
            """);
        string[] run = ["run", "tune.yml", "--output", "runs/small", "--only", "examples", "--only", "finetune"];
        string plan = CastaliaProgram.Succeed(_experiment.Folder, [.. run, "--dry-run"]);
        Assert.Contains("finetune:answers", plan, StringComparison.Ordinal);
        using SmallExperiment killed = _experiment.Copy();
        CastaliaProgram.Succeed(_experiment.Folder, run);
        Assert.Contains("up to date", CastaliaProgram.Succeed(_experiment.Folder, run), StringComparison.Ordinal);

        string metrics = killed["runs", "small", "models", "answers", "metrics.jsonl"];
        using (Process process = CastaliaProgram.Start(killed.Folder, run))
        {
            while (!process.HasExited && !(File.Exists(metrics) && new FileInfo(metrics).Length > 3000))
                Thread.Sleep(5);
            process.Kill();
            process.WaitForExit();
        }
        Assert.False(File.Exists(killed["runs", "small", "models", "answers", "training.json"]));
        CastaliaProgram.Succeed(killed.Folder, run);
        foreach (string key in new[] { "weights_hash", "metrics_hash", "checkpoints" })
            Assert.Equal(_experiment.Json("models/answers/training.json", key), killed.Json("models/answers/training.json", key));
        Assert.Equal(["step25", "step50", "step60"], Directory.EnumerateDirectories(Path.Combine(_experiment.Run, "models", "answers", "checkpoints")).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal));

        // The command in the manifest does the same alone.
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_experiment.Run, "models", "answers", "manifest.json")));
        string command = manifest.RootElement.GetProperty("command").GetString()!;
        Assert.StartsWith("castalia finetune --config runs/small/recipe.yml --name answers", command, StringComparison.Ordinal);
        CastaliaProgram.Succeed(_experiment.Folder, command.Replace("--output runs/small/models/answers", "--output alone", StringComparison.Ordinal).Split(' ')[1..]);
        Assert.Equal(File.ReadAllBytes(Path.Combine(_experiment.Run, "models", "answers", "checkpoints", "step60", "model.safetensors")), File.ReadAllBytes(_experiment["alone", "checkpoints", "step60", "model.safetensors"]));
    }

    [Fact]
    public void What_is_wrong_is_said_on_one_screen()
    {
        File.WriteAllText(_experiment["bad.jsonl"], "{\"prompt\": \"a\", \"completion\": \"b\"}\n{\"prompt\": \"a\"}\n");
        ErrorScreen.AssertShows(CastaliaProgram.Run(_experiment.Folder, "finetune", "--model", Base, "--data", "bad.jsonl", "--output", "tuned"), "bad.jsonl", "line 2", "completion");
        File.WriteAllText(_experiment["chat.jsonl"], "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"b\"}]}\n");
        ErrorScreen.AssertShows(CastaliaProgram.Run(_experiment.Folder, "finetune", "--model", Base, "--data", "chat.jsonl", "--output", "tuned"), "no chat template", "plain");
        ErrorScreen.AssertShows(
            CastaliaProgram.Run(_experiment.Folder, "finetune", "--model", Base, "--data", "chat.jsonl", "--chat-template", "plain", "--method", "lora", "--lora-targets", "q_proj", "--output", "tuned"),
            "no projection 'q_proj'", "query_key_value");
        ErrorScreen.AssertShows(CastaliaProgram.Run(_experiment.Folder, "merge-adapter", Base, "nothing", "out"), "adapter_config.json");
        Assert.False(Directory.Exists(_experiment["out"]));
    }

    private void WriteExamples()
    {
        var random = new Random(4);
        foreach ((string file, int count) in new[] { ("examples.jsonl", 30), ("held.jsonl", 5) })
        {
            File.WriteAllLines(_experiment[file], Enumerable.Range(0, count).Select(i =>
            {
                string word = string.Concat(Enumerable.Range(0, 4).Select(_ => (char)random.Next('a', 'f')));
                return i % 2 == 0
                    ? JsonSerializer.Serialize(new { prompt = word + ":", completion = " " + word })
                    : JsonSerializer.Serialize(new { messages = new[] { new { role = "user", content = word }, new { role = "assistant", content = word } } });
            }));
        }
    }

    private float[] Logits(string model, params string[] more)
    {
        CastaliaProgram.Succeed(_experiment.Folder, ["logits", model, "--input-ids", "ids.json", "--out", "logits.safetensors", .. more]);
        using SafetensorsFile file = SafetensorsFile.Open(_experiment["logits.safetensors"]);
        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(file.Bytes(file["logits"])).ToArray();
    }

    private static double Difference(float[] first, float[] second) => first.Zip(second).Max(pair => Math.Abs(pair.First - pair.Second));

    private static double Number(string line, string key)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty(key).GetDouble();
    }
}
