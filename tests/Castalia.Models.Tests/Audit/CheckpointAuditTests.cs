using Castalia.Tensors;
using Castalia.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Models.Tests;

/// <summary>Runs with known faults: weights that walk like a training run, from which checkpoints are swapped.</summary>
public sealed class CheckpointAuditTests : IDisposable
{
    private static readonly long[] Steps = [0, 1, 2, 4, 8, 16, 32, 64, 128];

    private static readonly TransformerConfig Tiny = new()
    {
        VocabularySize = 50,
        HiddenSize = 16,
        Layers = 2,
        Heads = 2,
        IntermediateSize = 32,
        MaxPositions = 16,
        Position = new RotaryPositions(Fraction: 0.5),
    };

    private readonly TemporaryFolder _folder = new();

    public CheckpointAuditTests()
    {
        using TransformerWeights weights = WeightInit.Normal.Create(Tiny, seed: 1);
        foreach (long step in Steps)
        {
            HuggingFaceFolder.Save(weights, Folder(step));
            // Every tensor moves, and the moves add up: each step is nearest to those beside it.
            using DisposeScope scope = NewDisposeScope();
            weights.Flat.Flat.add_(randn(weights.Flat.Length, generator: new torch.Generator((ulong)step + 5)) * 0.01);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_sound_run_has_no_finding()
    {
        AuditResult result = CheckpointAudit.Run([_folder.Path]);
        Assert.Empty(result.Findings);
        Assert.Equal(Steps, result.Checkpoints.Select(one => one.Step!.Value));
        Assert.Null(result.Checkpoints[0].Change);
        Assert.All(result.Checkpoints.Skip(1), one => Assert.InRange(one.Change!.Value, 0.01, 1));

        // The change is the distance over the former norm; the estimate agrees with it.
        (AuditedCheckpoint before, AuditedCheckpoint after) = (result.Checkpoints[3], result.Checkpoints[4]);
        double squares = Distance(Steps[3], Steps[4]);
        Assert.Equal(Math.Sqrt(squares) / before.Norm, after.Change!.Value, 1e-6);
        Assert.InRange(result.Distances[3][4] * (before.Norm + after.Norm) / 2, Math.Sqrt(squares) * 0.8, Math.Sqrt(squares) * 1.2);
        Assert.Equal(result.Distances[4][3], result.Distances[3][4]);
    }

    [Fact]
    public void Another_steps_weights_are_found()
    {
        Copy(from: 64, to: 8);
        AuditFinding finding = Assert.Single(CheckpointAudit.Run([_folder.Path]).Findings);
        Assert.Equal(AuditFindingKind.SameWeights, finding.Kind);
        Assert.Equal([4, 7], finding.Checkpoints);
        Assert.Contains("step8 and step64", finding.Text);
    }

    [Fact]
    public void Weights_of_another_time_are_found_where_no_step_has_the_same()
    {
        using (TransformerWeights last = HuggingFaceFolder.Load(Folder(128)).Weights)
        {
            last.Flat.Flat.add_(1e-4);
            HuggingFaceFolder.Save(last, Folder(8));
        }
        AuditFinding finding = Assert.Single(CheckpointAudit.Run([_folder.Path]).Findings);
        Assert.Equal(AuditFindingKind.OutOfPlace, finding.Kind);
        Assert.Equal([4, 8], finding.Checkpoints);
    }

    [Fact]
    public void A_swapped_shard_is_found()
    {
        using (Transformer own = HuggingFaceFolder.Load(Folder(8)), other = HuggingFaceFolder.Load(Folder(128)))
        {
            foreach (string name in (string[])[ParameterNames.Embedding, ParameterNames.QkvWeight(0), ParameterNames.MlpUpWeight(0)])
                own.Weights[name].copy_(other.Weights[name]);
            HuggingFaceFolder.Save(own, Folder(8));
        }
        AuditFinding finding = Assert.Single(CheckpointAudit.Run([_folder.Path]).Findings, one => one.Kind == AuditFindingKind.SharedTensors);
        Assert.Equal([4, 8], finding.Checkpoints);
        Assert.Contains("share 3 of", finding.Text);
    }

    [Fact]
    public void The_first_two_steps_may_be_the_same()
    {
        Copy(from: 0, to: 1);
        AuditFinding finding = Assert.Single(CheckpointAudit.Run([_folder.Path]).Findings);
        Assert.Equal(AuditFindingKind.UnchangedByFirstSteps, finding.Kind);
        Assert.False(finding.IsProblem);
    }

    [Fact]
    public void What_is_no_number_is_found_and_harms_no_distance()
    {
        using (Transformer model = HuggingFaceFolder.Load(Folder(16)))
        {
            model.Weights[ParameterNames.MlpDownWeight(1)][0, 0] = float.NaN;
            HuggingFaceFolder.Save(model, Folder(16));
        }
        AuditResult result = CheckpointAudit.Run([_folder.Path]);
        AuditFinding finding = Assert.Single(result.Findings);
        Assert.Equal(AuditFindingKind.NotFinite, finding.Kind);
        Assert.Contains("gpt_neox.layers.1.mlp.dense_4h_to_h.weight", finding.Text);
        Assert.All(result.Distances.SelectMany(row => row), distance => Assert.True(double.IsFinite(distance)));
        Assert.All(result.Checkpoints.Skip(1), one => Assert.True(double.IsFinite(one.Change!.Value), one.Name));
    }

    [Fact]
    public void Other_tensors_than_most_have_are_found()
    {
        using (TransformerWeights other = WeightInit.Normal.Create(Tiny with { Layers = 3 }, seed: 1))
            HuggingFaceFolder.Save(other, Folder(16));
        Assert.Contains(CheckpointAudit.Run([_folder.Path]).Findings, one => one.Kind == AuditFindingKind.Layout && one.Checkpoints.SequenceEqual([5]));
    }

    [Fact]
    public void Paths_without_checkpoints_are_refused()
    {
        Assert.Contains("two", Assert.Throws<InputException>(() => CheckpointAudit.Run([Folder(8)])).Problem);
        Assert.Contains("no such", Assert.Throws<InputException>(() => CheckpointAudit.Run([Folder(8), Folder(9)])).Problem);
        string empty = Path.Combine(_folder.Path, "empty");
        Directory.CreateDirectory(empty);
        Assert.Contains("neither", Assert.Throws<InputException>(() => CheckpointAudit.Run([empty])).Problem);
    }

    private string Folder(long step) => Path.Combine(_folder.Path, $"step{step}");

    private void Copy(long from, long to) =>
        File.Copy(Path.Combine(Folder(from), "model.safetensors"), Path.Combine(Folder(to), "model.safetensors"), overwrite: true);

    private double Distance(long first, long second)
    {
        double squares = 0;
        IReadOnlyDictionary<string, Tensor> a = TensorFiles.Load(Path.Combine(Folder(first), "model.safetensors")), b = TensorFiles.Load(Path.Combine(Folder(second), "model.safetensors"));
        foreach (string name in a.Keys)
            squares += (a[name] - b[name]).to(ScalarType.Float64).square().sum().item<double>();
        return squares;
    }
}
