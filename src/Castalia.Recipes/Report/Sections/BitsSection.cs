using Castalia.Evaluation;
using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Charts.Scales;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Sections;

/// <summary>Bits per byte of each component of the held-out text, at the end and across training.</summary>
internal sealed class BitsSection(ReportInput input, FigureCommands commands) : IReportSection
{
    private readonly (int Color, ModelRun Model)[] _models = [.. input.Models.Select((model, color) => (color, model)).Where(m => m.model.Bits.Count > 0)];

    public string Id => "bits";

    public string Title => "What is hard to read";

    public void Write(HtmlBuilder html)
    {
        if (_models.Length == 0)
        {
            MissingPart.Write(html, "Bits per byte of this run's checkpoints have not been measured yet.", commands.Missing("eval"));
            return;
        }
        html.Element("p", "Bits per byte say how far a model could compress a text: 8 is no compression, 1 an eighth of the size. "
            + "Unlike the loss they do not depend on how text is cut into tokens, so components can be compared.");
        string[] components = Components();
        new Figure
        {
            Id = "bits-final",
            Title = Finding(components),
            Subtitle = "Bits per byte of held-out text at each model's last checkpoint, easiest component first. Lighter is harder.",
            Body = body => WriteTable(body, components),
            Commands = commands.Of("eval"),
        }.Write(html);
        new Figure
        {
            Id = "bits-across-training",
            Title = "How each component was learned",
            Subtitle = "Bits per byte over training steps, both logarithmic, all on the same scale, easiest component first.",
            Body = body => Draw(body, components),
            Commands = commands.Of("eval"),
        }.Write(html);
    }

    // The largest model that was measured at the end of its training; before there is one, the largest.
    private ModelRun Reference => _models.LastOrDefault(m => m.Model.EndsAt(m.Model.Bits[^1].Step)).Model ?? _models[^1].Model;

    // By the reference's last checkpoint; components it lacks come last, by name.
    private string[] Components()
    {
        IReadOnlyDictionary<string, ComponentScore> last = Reference.Bits[^1].Components;
        return
        [
            .. _models.SelectMany(m => m.Model.Bits).SelectMany(checkpoint => checkpoint.Components.Keys).Distinct()
                .OrderBy(name => last.TryGetValue(name, out ComponentScore? bits) && double.IsFinite(bits.BitsPerByte) ? bits.BitsPerByte : double.MaxValue)
                .ThenBy(name => name, StringComparer.Ordinal),
        ];
    }

    private string Finding(string[] components)
    {
        ModelRun model = Reference;
        CheckpointBits last = model.Bits[^1];
        string[] measured = [.. components.Where(name => last.Components.TryGetValue(name, out ComponentScore? bits) && double.IsFinite(bits.BitsPerByte))];
        if (measured.Length < 2)
            return "Bits per byte of held-out text";
        return $"For {ModelKey.AtLast(model, last.Step)}, {measured[0]} is easiest ({Bits(last.Components[measured[0]])} bits a byte), {measured[^1]} hardest ({Bits(last.Components[measured[^1]])})";
    }

    private void WriteTable(HtmlBuilder html, string[] components)
    {
        CheckpointBits[] finals = [.. _models.Select(m => m.Model.Bits[^1])];
        double[] all = [.. finals.SelectMany(final => final.Components.Values).Select(bits => bits.BitsPerByte).Where(double.IsFinite)];
        // Ratios count: a component in a rare script would take all of an even scale for itself.
        var colors = new LogScale(all.DefaultIfEmpty(1).Min(), all.DefaultIfEmpty(1).Max());
        TableCell Cell(ComponentScore? bits) => bits is null ? "–" : new TableCell(Bits(bits))
        {
            Heat = colors.Place(bits.BitsPerByte),
            Exact = $"{NumberText.Significant(bits.BitsPerByte, 6)} bits per byte over {NumberText.Count(bits.Bytes)} bytes, "
                + $"{NumberText.Count(bits.Tokens)} tokens, {NumberText.Count(bits.Documents)} documents",
        };
        IReadOnlyList<TableCell> Row(string name, ComponentScore?[] scores) =>
            [name, scores.LastOrDefault(score => score is not null) is { } measured ? NumberText.Bytes(measured.Bytes) : "–", .. scores.Select(Cell)];

        var rows = new List<IReadOnlyList<TableCell>>();
        foreach (string name in components)
        {
            rows.Add(Row(name, [.. finals.Select(final => final.Components.GetValueOrDefault(name))]));
        }
        bool totals = finals.Any(final => final.Total is not null);
        if (totals)
            rows.Add(Row("All together", [.. finals.Select(final => final.Total)]));
        new DataTable(
            "Bits per byte of each component at the last checkpoint",
            [
                new TableColumn("Component"), new TableColumn("Measured", Numeric: true),
                .. _models.Select(m => new TableColumn(ModelKey.AtLast(m.Model, m.Model.Bits[^1].Step), Numeric: true, Class: "heat")),
            ],
            rows,
            totals).Write(html);
    }

    private void Draw(HtmlBuilder html, string[] components)
    {
        ModelKey.Write(html, input.Models);
        long lastStep = _models.SelectMany(m => m.Model.Bits).Max(checkpoint => checkpoint.Step);
        IEnumerable<ComponentScore> all = _models.SelectMany(m => m.Model.Bits).SelectMany(checkpoint => checkpoint.Components.Values);
        LogScale y = LogScale.Around(all.Select(bits => bits.BitsPerByte));
        IEnumerable<(string Title, Func<CheckpointBits, ComponentScore?> Select)> panels = components.Select(name =>
            (name, (Func<CheckpointBits, ComponentScore?>)(checkpoint => checkpoint.Components.GetValueOrDefault(name))));
        if (_models.Any(m => m.Model.Bits.Any(checkpoint => checkpoint.Total is not null)))
            panels = panels.Prepend(("All together", checkpoint => checkpoint.Total));
        SmallMultiples.Write(
            html, panels.Select(panel => new SmallMultiple(panel.Title, null, chart => DrawPanel(chart, panel.Title, panel.Select, y, lastStep))), dense: true);
    }

    private void DrawPanel(HtmlBuilder html, string title, Func<CheckpointBits, ComponentScore?> select, AxisScale y, long lastStep)
    {
        var series = new List<LineSeries>();
        foreach ((int color, ModelRun model) in _models)
        {
            ChartPoint[] points =
                [.. model.Bits.Where(checkpoint => select(checkpoint) is not null).Select(checkpoint => new ChartPoint(checkpoint.Step, select(checkpoint)!.BitsPerByte))];
            if (points.Length > 0)
                series.Add(new LineSeries { Name = model.Name, Color = color, Points = points, EndLabel = NumberText.Fixed(points[^1].Y, 2) });
        }
        new LineChart
        {
            Width = 260,
            Height = 156,
            X = new StepScale(lastStep),
            Y = y,
            YTicks = 4,
            Description = $"Bits per byte of {title} over training steps",
            XText = step => $"step {NumberText.Count((long)step)}",
            YText = value => NumberText.Fixed(value, 3),
            Series = series,
        }.Write(html);
    }

    private static string Bits(ComponentScore bits) => NumberText.Fixed(bits.BitsPerByte, 2);
}
