using Castalia.Interpretability;
using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Charts.Scales;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Sections;

/// <summary>The logit lens: what each layer would already answer, over depth and training time.</summary>
internal sealed class LensSection(ReportInput input, FigureCommands commands) : IReportSection
{
    private const int MostCheckpoints = 40;

    private readonly ModelRun[] _models = [.. input.Models.Where(model => model.Lens.Any(checkpoint => checkpoint.Layers.Count > 0))];

    public string Id => "lens";

    public string Title => "Inside the layers";

    public void Write(HtmlBuilder html)
    {
        if (_models.Length == 0)
        {
            MissingPart.Write(html, "Nobody has looked inside this run's models yet.", commands.Missing("lens"));
            return;
        }
        html.Element("p", "The logit lens cuts a model short: it takes what a layer has written so far and asks the last layer's reading of it for the next token. "
            + "Each column is a checkpoint, each row a layer, the embedding at the bottom and the finished answer on top.");
        new Figure
        {
            Id = "lens-maps",
            Title = Finding(),
            Subtitle = $"Means over {NumberText.Count(_models[^1].Lens[^1].Tokens)} tokens of held-out text. "
                + "Columns are checkpoints, not evenly spaced in steps.",
            Body = body => TabGroup.Write(body, "lens-view", "What the colours show",
                [.. Views().Select(view => (view.Title, (Action<HtmlBuilder>)(panel => Draw(panel, view))))]),
            Commands = commands.Of("lens"),
        }.Write(html);
    }

    private LensView[] Views()
    {
        LensLayer[] layers = [.. _models.SelectMany(model => model.Lens).SelectMany(checkpoint => checkpoint.Layers)];
        double Greatest(Func<LensLayer, double> value) => layers.Select(value).Where(double.IsFinite).DefaultIfEmpty(1).Max();
        return
        [
            new("Distance to the answer", layer => layer.Kl,
                new ColorLegend("KL divergence from the final distribution, nats", new LinearScale(0, Greatest(l => l.Kl)))),
            new("Uncertainty", layer => layer.Entropy,
                new ColorLegend("Entropy of the layer's distribution, nats", new LinearScale(0, Greatest(l => l.Entropy)))),
            new("Rank of the truth", layer => Math.Max(1, layer.RankMedian),
                new ColorLegend("Median rank of the true next token", new LogScale(1, Math.Max(2, Greatest(l => l.RankMedian))))),
            new("Loss", layer => layer.CrossEntropy,
                new ColorLegend("Cross-entropy if the model ended here, nats", new LinearScale(0, Greatest(l => l.CrossEntropy)))),
        ];
    }

    private void Draw(HtmlBuilder html, LensView view)
    {
        view.Legend.Write(html);
        SmallMultiples.Write(html, _models.Select(model => new SmallMultiple(
            model.Name, model.Parameters is { } parameters ? $"{NumberText.Compact(parameters)} parameters" : null, panel => DrawModel(panel, view, model))));
    }

    private static void DrawModel(HtmlBuilder html, LensView view, ModelRun model)
    {
        IReadOnlyList<CheckpointLens> checkpoints = Thinning.Even(model.Lens, MostCheckpoints);
        string[] layers = [.. checkpoints.MaxBy(checkpoint => checkpoint.Layers.Count)!.Layers.Select(layer => layer.Layer).Reverse()];
        Dictionary<string, LensLayer>[] values = [.. checkpoints.Select(checkpoint => checkpoint.Layers.DistinctBy(l => l.Layer).ToDictionary(l => l.Layer))];
        new HeatMap
        {
            Rows = layers,
            Columns = [.. checkpoints.Select(checkpoint => NumberText.Compact(checkpoint.Step))],
            XTitle = "step",
            Description = $"{view.Legend.Title}, of every layer at every checkpoint of {model.Name}",
            Place = (row, column) => values[column].TryGetValue(layers[row], out LensLayer? layer) ? view.Legend.Place(view.Shown(layer)) : double.NaN,
            Text = (row, column) => $"{Name(layers[row])} · step {NumberText.Count(checkpoints[column].Step)}\n"
                + (values[column].TryGetValue(layers[row], out LensLayer? layer) ? Describe(layer) : "not measured"),
        }.Write(html);
    }

    private static string Describe(LensLayer layer) =>
        $"KL to the final {NumberText.Fixed(layer.Kl, 3)} · entropy {NumberText.Fixed(layer.Entropy, 3)} · loss {NumberText.Fixed(layer.CrossEntropy, 3)} nats\n"
        + $"rank of the truth: median {NumberText.Significant(layer.RankMedian)}, mean {NumberText.Significant(layer.RankMean)}";

    private static string Name(string layer) => int.TryParse(layer, out _) ? $"layer {layer}" : layer;

    // How deep the largest model has to go, at the end of training, to have covered half the way to its answer.
    private string Finding()
    {
        if (_models.LastOrDefault(m => m.EndsAt(m.Lens[^1].Step)) is not { } model)
            return "What each layer already knows, over the course of training";
        LensLayer[] layers = [.. model.Lens[^1].Layers];
        double start = layers.Length > 0 ? layers[0].Kl : double.NaN;
        int half = Array.FindIndex(layers, layer => layer.Kl <= start / 2);
        int blocks = layers.Length - 1;
        if (half <= 0 || !(start > 0))
            return "What each layer already knows, over the course of training";
        return half < blocks
            ? $"At the end of training, {model.Name} is half way to its answer after {NumberText.Word(half)} of {NumberText.Word(blocks)} layers"
            : $"At the end of training, {model.Name} goes most of the way to its answer in its last layer";
    }

    private sealed record LensView(string Title, Func<LensLayer, double> Shown, ColorLegend Legend);
}
