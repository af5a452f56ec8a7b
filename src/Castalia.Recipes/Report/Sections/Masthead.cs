using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Sections;

/// <summary>The head of the page: title, what happened in plain words, key figures, contents.</summary>
internal sealed class Masthead(ReportInput input)
{
    /// <summary>The head.</summary>
    public PageHeader Header() => new("Castalia · report of a run", input.Name, string.Join(' ', new RunSummary(input).All()), [.. KeyFigures()]);

    private IEnumerable<(string Value, string Name)> KeyFigures()
    {
        long[] sizes = [.. input.Models.Where(m => m.Parameters is not null).Select(m => m.Parameters!.Value)];
        if (sizes.Length > 0)
        {
            string least = NumberText.Compact(sizes.Min());
            string most = NumberText.Compact(sizes.Max());
            yield return (least == most ? least : $"{least}–{most}", "parameters");
        }
        LossCurve[] losses = [.. input.Models.Where(m => m.Loss is not null).Select(m => m.Loss!)];
        if (losses.Length > 0)
        {
            yield return (NumberText.Compact(losses.Max(loss => loss.Tokens)), losses.Length > 1 ? "tokens, each model" : "tokens");
            yield return (NumberText.Count(losses.Max(loss => loss.Steps)), "steps");
            yield return (NumberText.Fixed(losses.Min(loss => loss.FinalLoss), 2), losses.Length > 1 ? "lowest final loss, nats" : "final loss, nats");
        }
        double[] bits = [.. input.Models.Where(m => m.Bits.Count > 0 && m.EndsAt(m.Bits[^1].Step)).Select(m => m.Bits[^1].Total?.BitsPerByte ?? double.NaN).Where(double.IsFinite)];
        if (bits.Length > 0)
            yield return (NumberText.Fixed(bits.Min(), 2), bits.Length > 1 ? "lowest bits per byte" : "bits per byte");
        if (input.Stages.Count > 0)
            yield return (NumberText.Duration(input.Stages.Select(s => s.Seconds).Where(double.IsFinite).Sum()), "from text to scores");
    }
}
