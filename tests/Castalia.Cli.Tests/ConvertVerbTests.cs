using Castalia.Cli.Tests.Commands;
using Castalia.Formats;
using Castalia.Models;
using Castalia.Testing;
using Castalia.Text;

namespace Castalia.Cli.Tests;

/// <summary><c>castalia convert</c> on the checkpoint of a run and on a golden model.</summary>
public sealed class ConvertVerbTests(ReferenceRun reference)
{
    [Fact]
    public void A_checkpoint_of_a_run_becomes_a_file_for_llama_cpp_and_a_folder_for_transformers()
    {
        using var folder = new TemporaryFolder();
        string checkpoint = Directory.GetDirectories(Path.Combine(reference.Experiment.Run, "models", "one", "checkpoints"), "step*").Order(StringComparer.Ordinal).Last();
        string said = CastaliaProgram.Succeed(folder.Path, "convert", checkpoint, "one.gguf", "--to", "gguf", "--dtype", "bf16");
        Assert.Contains("one.gguf: gpt_neox, ", said, StringComparison.Ordinal);
        Assert.Contains("with its tokenizer", said, StringComparison.Ordinal);
        Assert.Contains("note: llama.cpp computes GELU by its tanh form", said, StringComparison.Ordinal);
        Tokenizer original = Tokenizer.Load(checkpoint), written = Tokenizer.Load(folder["one.gguf"]);
        Assert.Equal(original.Encode("the same ids, 123"), written.Encode("the same ids, 123"));

        said = CastaliaProgram.Succeed(folder.Path, "convert", checkpoint, "one", "--to", "hf", "--max-shard-size", "20KB");
        Assert.Contains("  model-00001-of-", said, StringComparison.Ordinal);
        Assert.Equal(HuggingFaceFolder.LoadConfig(checkpoint), HuggingFaceFolder.LoadConfig(folder["one"]));
        string card = File.ReadAllText(folder["one", "README.md"]);
        Assert.Contains("of a training run", card, StringComparison.Ordinal);
        Assert.Contains("castalia convert", card, StringComparison.Ordinal);
        Assert.Contains("Trained by", card, StringComparison.Ordinal);
        ErrorScreen.AssertShows(CastaliaProgram.Run(folder.Path, "convert", checkpoint, "one", "--to", "hf"), "one", "--force");
        CastaliaProgram.Succeed(folder.Path, "convert", checkpoint, "one", "--to", "hf", "--force");
        Assert.True(File.Exists(folder["one", "model.safetensors"]));
    }

    [Fact]
    public void What_cannot_be_is_said_and_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        ErrorScreen.AssertShows(CastaliaProgram.Run(folder.Path, "convert", Fixtures.Path("models", "gptj"), "x.gguf", "--to", "gguf"), "model_type", "nothing that computes it", "--to hf");
        Assert.Equal(2, CastaliaProgram.Run(folder.Path, "convert", Fixtures.Path("models", "gpt2"), "x", "--to", "hf", "--max-shard-size", "five").ExitCode);
        Assert.Equal(2, CastaliaProgram.Run(folder.Path, "convert", Fixtures.Path("models", "gpt2"), "x", "--to", "onnx").ExitCode);
        ErrorScreen.AssertShows(CastaliaProgram.RunWithFullDisk(folder.Path, 64, "convert", Fixtures.Path("models", "gpt2"), "x.gguf", "--to", "gguf"), "x.gguf", "space");
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
        CastaliaProgram.Succeed(folder.Path, "convert", Fixtures.Path("models", "gpt2"), ".", "--to", "gguf", "--dtype", "q8_0");
        using GgufFile file = GgufFile.Open(folder["gpt2-Q8_0.gguf"]);
        Assert.Equal("gpt2", file.Get("general.architecture").AsString());
    }
}
