using System.Text;
using Castalia.Formats;
using TorchSharp;

namespace Castalia.Models;

/// <summary>
/// Reads many checkpoints of one run and finds those that are not what their name says: a step that silently holds another step's weights,
/// a shard of another step, weights that are not numbers. Each checkpoint is read once and compared with the one before tensor by tensor; of
/// each a sample is kept, from which the distance of any two is estimated.
/// </summary>
public static class CheckpointAudit
{
    /// <summary>Audits checkpoints.</summary>
    /// <param name="paths">
    /// Model folders, folders of <c>step{N}</c> checkpoints, run folders with <c>checkpoints</c> inside, or files of weights. All are taken to be of one run.
    /// </param>
    /// <param name="progress">Told the tensors read.</param>
    /// <param name="cancellation">Stops between tensors.</param>
    /// <exception cref="InputException">A path holds no checkpoint, a file is damaged, or there are fewer than two checkpoints.</exception>
    public static AuditResult Run(IReadOnlyList<string> paths, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        IReadOnlyList<(string Name, string Path, long? Step)> found = CheckpointPaths.Find(paths);
        if (found.Count < 2)
        {
            throw new InputException(
                paths.Count > 0 ? paths[0] : ".", null, $"an audit compares at least two checkpoints, and there {(found.Count == 1 ? "is one" : "is none")}.",
                "Name more folders, or a folder that holds step0, step1, ...");
        }
        var checkpoints = new List<AuditedCheckpoint>();
        var samples = new List<Dictionary<string, float[]>>();
        ITensorSource? before = null;
        try
        {
            for (int i = 0; i < found.Count; i++)
            {
                ITensorSource source = TensorSource.Open(found[i].Path);
                try
                {
                    (AuditedCheckpoint checkpoint, Dictionary<string, float[]> sample) = Read(found[i], source, before, checkpoints.LastOrDefault(), found.Count, i, progress, cancellation);
                    checkpoints.Add(checkpoint);
                    samples.Add(sample);
                }
                catch
                {
                    source.Dispose();
                    throw;
                }
                before?.Dispose();
                before = source;
            }
        }
        finally
        {
            before?.Dispose();
        }
        double[][] distances = Distances(samples);
        return new AuditResult { Checkpoints = checkpoints, Distances = distances, Findings = AuditFindings.Of(checkpoints, distances) };
    }

    private static (AuditedCheckpoint, Dictionary<string, float[]>) Read(
        (string Name, string Path, long? Step) place, ITensorSource source, ITensorSource? before, AuditedCheckpoint? measured, int checkpoints, int index,
        IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        var tensors = new List<AuditedTensor>();
        var samples = new Dictionary<string, float[]>(StringComparer.Ordinal);
        Dictionary<string, double> formerNorms = measured?.Tensors.ToDictionary(one => one.Name, one => one.Norm, StringComparer.Ordinal) ?? [];
        double squares = 0, changes = 0, formerSquares = 0;
        StoredTensor[] ordered = [.. source.Tensors.Values.Where(IsWeight).OrderBy(tensor => tensor.Name, StringComparer.Ordinal)];
        for (int i = 0; i < ordered.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using torch.Tensor tensor = source.Read(ordered[i].Name);
            using torch.Tensor? former = before is not null && before.Tensors.TryGetValue(ordered[i].Name, out StoredTensor? old) && IsWeight(old)
                && old.Shape.AsSpan().SequenceEqual(ordered[i].Shape) ? before.Read(old.Name) : null;
            (AuditedTensor measure, double squaredChange, float[] sample) = TensorMeasure.Of(ordered[i], tensor, former);
            tensors.Add(measure);
            samples.Add(measure.Name, sample);
            squares += measure.Norm * measure.Norm;
            if (former is not null)
            {
                formerSquares += formerNorms[measure.Name] * formerNorms[measure.Name];
                changes += squaredChange;
            }
            progress?.Report(new WorkProgress("audit", (long)index * ordered.Length + i + 1, (long)checkpoints * ordered.Length, "tensors", place.Name));
        }
        var identity = new StringBuilder();
        foreach (AuditedTensor tensor in tensors)
            identity.Append(tensor.Name).Append('\n').Append(tensor.Sha256).Append('\n');
        return (new AuditedCheckpoint
        {
            Name = place.Name,
            Step = place.Step,
            Path = place.Path,
            Sha256 = ContentHash.OfText(identity.ToString()),
            Norm = Math.Sqrt(squares),
            Change = before is null ? null : formerSquares > 0 ? Math.Sqrt(changes / formerSquares) : 0,
            Tensors = tensors,
        }, samples);
    }

    // Masks and tables of older versions of transformers are no weights: they are the same in every checkpoint.
    private static bool IsWeight(StoredTensor tensor) =>
        tensor.DType is SafetensorsDType.F32 or SafetensorsDType.F16 or SafetensorsDType.BF16 or SafetensorsDType.F64
        && !tensor.Name.EndsWith(".masked_bias", StringComparison.Ordinal)
        && !tensor.Name.EndsWith(".attention.bias", StringComparison.Ordinal)
        && !tensor.Name.EndsWith(".attn.bias", StringComparison.Ordinal)
        && !tensor.Name.EndsWith(".inv_freq", StringComparison.Ordinal);

    private static double[][] Distances(List<Dictionary<string, float[]>> samples)
    {
        double[][] distances = [.. samples.Select(_ => new double[samples.Count])];
        Parallel.For(0, samples.Count, i =>
        {
            for (int j = i + 1; j < samples.Count; j++)
                distances[i][j] = Distance(samples[i], samples[j]);
        });
        for (int i = 0; i < samples.Count; i++)
        {
            for (int j = 0; j < i; j++)
                distances[i][j] = distances[j][i];
        }
        return distances;
    }

    private static double Distance(Dictionary<string, float[]> a, Dictionary<string, float[]> b)
    {
        double difference = 0, squaresA = 0, squaresB = 0;
        foreach ((string name, float[] of) in a)
        {
            if (!b.TryGetValue(name, out float[]? with) || with.Length != of.Length)
                continue;
            for (int i = 0; i < of.Length; i++)
            {
                difference += (of[i] - (double)with[i]) * (of[i] - (double)with[i]);
                squaresA += (double)of[i] * of[i];
                squaresB += (double)with[i] * with[i];
            }
        }
        double scale = (Math.Sqrt(squaresA) + Math.Sqrt(squaresB)) / 2;
        return scale > 0 ? Math.Sqrt(difference) / scale : 0;
    }
}
