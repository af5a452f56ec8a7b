namespace Castalia.Models;

/// <summary>Draws the conclusions of an audit from its measures.</summary>
internal static class AuditFindings
{
    // Two checkpoints this much nearer to one another than either is to its neighbours in time belong together.
    private const double FarNearer = 0.35;

    private const int MostNames = 12;

    /// <summary>What is wrong or worth a look.</summary>
    /// <param name="checkpoints">In the order of their steps.</param>
    /// <param name="distances">Of every two of them.</param>
    public static IReadOnlyList<AuditFinding> Of(IReadOnlyList<AuditedCheckpoint> checkpoints, double[][] distances)
    {
        var findings = new List<AuditFinding>();
        findings.AddRange(NotFinite(checkpoints));
        int[] group = Groups(checkpoints);
        findings.AddRange(SameWeights(checkpoints, group));
        findings.AddRange(SharedTensors(checkpoints, group));
        findings.AddRange(OutOfPlace(checkpoints, distances, group));
        findings.AddRange(Layout(checkpoints));
        return [.. findings.OrderBy(finding => finding.Kind)];
    }

    private static IEnumerable<AuditFinding> NotFinite(IReadOnlyList<AuditedCheckpoint> checkpoints)
    {
        for (int i = 0; i < checkpoints.Count; i++)
        {
            AuditedTensor[] bad = [.. checkpoints[i].Tensors.Where(tensor => tensor.NotFinite > 0)];
            if (bad.Length > 0)
            {
                yield return new AuditFinding(AuditFindingKind.NotFinite, [i],
                    $"{checkpoints[i].Name}: {bad.Sum(tensor => tensor.NotFinite)} weights of {bad.Length} tensors are not numbers, first in {bad[0].Name}.");
            }
        }
    }

    /// <summary>For each checkpoint the first one with the same weights.</summary>
    private static int[] Groups(IReadOnlyList<AuditedCheckpoint> checkpoints)
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. checkpoints.Select((checkpoint, i) => first.TryAdd(checkpoint.Sha256, i) ? i : first[checkpoint.Sha256])];
    }

    private static IEnumerable<AuditFinding> SameWeights(IReadOnlyList<AuditedCheckpoint> checkpoints, int[] group)
    {
        foreach (IGrouping<int, int> same in Enumerable.Range(0, checkpoints.Count).GroupBy(i => group[i]).Where(same => same.Count() > 1))
        {
            int[] members = [.. same];
            // A first update with learning rate 0 changes nothing.
            bool beginning = members.Length == 2 && members[1] == 1 && checkpoints[0].Step == 0 && checkpoints[1].Step == 1;
            yield return beginning
                ? new AuditFinding(AuditFindingKind.UnchangedByFirstSteps, members,
                    $"{Names(checkpoints, members)} hold the same weights, as after a first update with learning rate 0.")
                : new AuditFinding(AuditFindingKind.SameWeights, members,
                    $"{Names(checkpoints, members)} hold the same weights ({checkpoints[members[0]].Sha256[..12]}): at most one of them is what its name says.");
        }
    }

    private static IEnumerable<AuditFinding> SharedTensors(IReadOnlyList<AuditedCheckpoint> checkpoints, int[] group)
    {
        // Tensors that never change (frozen ones) or hold one value (fresh biases) tell nothing.
        HashSet<string> frozen = [.. checkpoints.SelectMany(one => one.Tensors).GroupBy(tensor => tensor.Name)
            .Where(same => checkpoints.Count > 2 && same.Count() == checkpoints.Count && same.Select(tensor => tensor.Sha256).Distinct().Count() == 1)
            .Select(same => same.Key)];
        var owners = new Dictionary<(string Name, string Hash), int>();
        var shared = new Dictionary<(int First, int Second), List<string>>();
        for (int i = 0; i < checkpoints.Count; i++)
        {
            if (group[i] != i)
                continue;
            foreach (AuditedTensor tensor in checkpoints[i].Tensors.Where(tensor => !tensor.Constant && !frozen.Contains(tensor.Name)))
            {
                if (owners.TryAdd((tensor.Name, tensor.Sha256), i))
                    continue;
                (int, int) pair = (owners[(tensor.Name, tensor.Sha256)], i);
                if (!shared.TryGetValue(pair, out List<string>? names))
                    shared.Add(pair, names = []);
                names.Add(tensor.Name);
            }
        }
        foreach (((int first, int second), List<string> names) in shared)
        {
            yield return new AuditFinding(AuditFindingKind.SharedTensors, [first, second],
                $"{checkpoints[first].Name} and {checkpoints[second].Name} share {names.Count} of {checkpoints[second].Tensors.Count} tensors, {names[0]} the first: one of them holds a file of the other.");
        }
    }

    private static IEnumerable<AuditFinding> OutOfPlace(IReadOnlyList<AuditedCheckpoint> checkpoints, double[][] distances, int[] group)
    {
        var suspects = new Dictionary<int, (int Nearest, double Near, double Usual)>();
        int[] distinct = [.. Enumerable.Range(0, checkpoints.Count).Where(i => group[i] == i)];
        for (int at = 0; at < distinct.Length; at++)
        {
            int i = distinct[at];
            int[] beside = [.. ((int[])[at - 1, at + 1]).Where(n => n >= 0 && n < distinct.Length).Select(n => distinct[n])];
            int[] others = [.. distinct.Where(j => j != i && !beside.Contains(j))];
            if (others.Length == 0)
                continue;
            int nearest = others.MinBy(j => distances[i][j]);
            double near = distances[i][nearest], usual = beside.Min(j => distances[i][j]);
            if (near < FarNearer * usual)
                suspects.Add(i, (nearest, near, usual));
        }
        foreach ((int i, (int nearest, double near, double usual)) in suspects)
        {
            // Of two that are near to one another, the one that is in its place is near to those beside it as well.
            if (suspects.TryGetValue(nearest, out var other) && other.Nearest == i && other.Usual > usual)
                continue;
            yield return new AuditFinding(AuditFindingKind.OutOfPlace, [i, nearest], FormattableString.Invariant(
                $"{checkpoints[i].Name} is {near:0.####} from {checkpoints[nearest].Name} and {usual:0.####} from the nearer of those beside it: it holds weights of another time."));
        }
    }

    private static IEnumerable<AuditFinding> Layout(IReadOnlyList<AuditedCheckpoint> checkpoints)
    {
        string[] layouts = [.. checkpoints.Select(one => string.Join('\n', one.Tensors.Select(tensor => $"{tensor.Name} {tensor.DType} [{string.Join(", ", tensor.Shape)}]")))];
        string usual = layouts.GroupBy(layout => layout).MaxBy(same => same.Count())!.Key;
        HashSet<string> expected = [.. usual.Split('\n')];
        for (int i = 0; i < checkpoints.Count; i++)
        {
            if (layouts[i] == usual)
                continue;
            HashSet<string> own = [.. layouts[i].Split('\n')];
            string[] missing = [.. expected.Where(line => !own.Contains(line))], extra = [.. own.Where(line => !expected.Contains(line))];
            yield return new AuditFinding(AuditFindingKind.Layout, [i],
                $"{checkpoints[i].Name} has other tensors than most: {missing.Length} missing{First(missing)}, {extra.Length} of its own{First(extra)}.");
        }

        static string First(string[] lines) => lines.Length == 0 ? "" : $" ({lines[0]})";
    }

    private static string Names(IReadOnlyList<AuditedCheckpoint> checkpoints, int[] members)
    {
        IEnumerable<string> names = members.Select(i => checkpoints[i].Name);
        return members.Length <= MostNames
            ? $"{string.Join(", ", names.SkipLast(1))} and {names.Last()}"
            : $"{string.Join(", ", names.Take(MostNames - 2))} ... {names.Last()} ({members.Length} checkpoints)";
    }
}
