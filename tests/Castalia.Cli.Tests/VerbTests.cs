using Castalia.Cli.Tests.Commands;

namespace Castalia.Cli.Tests;

/// <summary>Each stage as a verb of its own, on the files of a run.</summary>
public sealed class VerbTests(ReferenceRun reference)
{
    [Fact]
    public void The_command_in_a_manifest_makes_the_same()
    {
        using SmallExperiment copy = reference.Experiment.Copy();
        string[] manifests = [.. copy.Files("runs").Keys.Where(file => Path.GetFileName(file) == "manifest.json").Order(StringComparer.Ordinal)];
        Assert.Equal(5, manifests.Length);
        var before = copy.Files();
        foreach (string manifest in manifests)
        {
            string command = copy.Json(Path.Combine("..", manifest), "command");
            Assert.StartsWith("castalia ", command, StringComparison.Ordinal);
            Assert.DoesNotContain('\'', command); // so that spaces part its words
            Assert.Contains("is up to date", CastaliaProgram.Succeed(copy.Folder, command.Split(' ')[1..]), StringComparison.Ordinal);
        }
        Assert.Equal(before, copy.Files());
    }

    [Fact]
    public void Verbs_without_a_recipe_go_the_same_way()
    {
        using SmallExperiment fresh = SmallExperiment.Create();
        void Do(string command)
        {
            string output = command.Split(' ')[^1];
            Assert.Contains(output + ": done", CastaliaProgram.Succeed(fresh.Folder, command.Split(' ')), StringComparison.Ordinal);
            Assert.True(File.Exists(fresh[output, "manifest.json"]), output);
            Assert.Contains(output + " is up to date", CastaliaProgram.Succeed(fresh.Folder, command.Split(' ')), StringComparison.Ordinal);
        }
        Do("data build --input docs.jsonl --validation-share 0.1 --test-share 0.05 --output corpus");
        Do("tokenizer train --input corpus/train.jsonl.zst --vocabulary-size 320 --output tokenizer");
        Do("tokenize --input corpus --tokenizer tokenizer/tokenizer.json --output tokens");
        Do("train --model one --layers 1 --hidden-size 16 --heads 2 --sequence-length 32 --batch-size 4 --steps 40 --precision fp32 "
            + "--checkpoint-interval 8 --validation-batches 1 --peak-teraflops 0.1 --tokens tokens --tokenizer tokenizer/tokenizer.json --output model");

        // The same options give the same bits as the recipe that holds them.
        foreach ((string mine, string its) in new[] { ("tokenizer/tokenizer.json", "tokenizer/tokenizer.json"), ("tokens/train.bin", "tokens/train.bin"), ("model/checkpoints/step40/model.safetensors", "models/one/checkpoints/step40/model.safetensors") })
            Assert.Equal(File.ReadAllBytes(Path.Combine(reference.Experiment.Run, its)), File.ReadAllBytes(fresh[mine]));
    }

    [Fact]
    public void A_verb_works_on_the_files_of_any_run()
    {
        using SmallExperiment copy = reference.Experiment.Copy();
        CastaliaProgram.Succeed(copy.Folder, "train", "--config", "recipe.yml", "--model", "one", "--steps", "5",
            "--tokens", "runs/small/tokens", "--tokenizer", "runs/small/tokenizer/tokenizer.json", "--output", "short");
        Assert.Equal("5", copy.Json("../../short/training.json", "steps"));
        Assert.Equal("train", copy.Json("../../short/manifest.json", "stage"));
    }

    [Fact]
    public void Prompts_are_continued_by_every_checkpoint()
    {
        string folder = reference.Experiment.Folder;
        string said = CastaliaProgram.Succeed(folder, "generate", "--model", "runs/small/models/one/checkpoints", "--prompt", "ab", "--prompt", "cd", "--max-new-tokens", "3");
        int checkpoints = Directory.GetDirectories(Path.Combine(reference.Experiment.Run, "models", "one", "checkpoints"), "step*").Length;
        string[] starts = [.. said.Split('\n').Where(line => line.StartsWith("[one, step ", StringComparison.Ordinal))];
        Assert.Equal(2 * checkpoints, starts.Length);
        Assert.Equal(checkpoints, starts.Count(line => line.Contains("] ab", StringComparison.Ordinal)));
        Assert.StartsWith("[one, step 0] ab", starts[0], StringComparison.Ordinal);
    }
}
