using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Charts.Scales;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Sections;

/// <summary>Scores of the harness's tasks across training, and at its end.</summary>
internal sealed class ScoresSection(ReportInput input, FigureCommands commands) : IReportSection
{
    private readonly SuiteScores _scores = new(input.Models);

    public string Id => "scores";

    public string Title => "Ability";

    public void Write(HtmlBuilder html)
    {
        if (_scores.Measures.Count == 0)
        {
            MissingPart.Write(html, "No checkpoint of this run has been scored on tasks yet.", commands.Missing("eval"));
            return;
        }
        html.Element("p", "Every checkpoint takes the same tests. The axis begins at step 0, the model before it has learned anything, and is logarithmic "
            + "from there, so that the first steps have as much room as the last thousands.");
        new Figure
        {
            Id = "scores-across-training",
            Title = Finding(),
            Subtitle = "Score over training steps. Band: one standard error on each side. Broken line: chance.",
            Body = Draw,
            Commands = commands.Of("eval"),
        }.Write(html);
        new Figure
        {
            Id = "final-scores",
            Title = "Scores of the last checkpoints",
            Subtitle = "With one standard error. An arrow says which way is better.",
            Body = WriteFinal,
            Commands = commands.Of("eval"),
        }.Write(html);
    }

    private string Finding()
    {
        if (SuiteScores.LargestFinished(input.Models) is not { } model)
            return "Scores across training";
        var above = new List<string>();
        var level = new List<string>();
        foreach (Measure measure in _scores.Measures.Where(m => m.Metric == "acc"))
        {
            if (ChanceLevels.Of(measure.Task, measure.Metric) is { } chance && SuiteScores.Final(model, measure) is { StandardError: not null } score)
                (ChanceLevels.IsAbove(score, chance) ? above : level).Add(measure.Task);
        }
        return (above.Count, level.Count) switch
        {
            ( > 0, > 0) => $"After training, {model.Name} does better than chance on {Sentences.Joined(above)}, not on {Sentences.Joined(level)}",
            ( > 0, 0) => $"After training, {model.Name} does better than chance on {Sentences.Joined(above)}",
            (0, > 0) => $"After training, {model.Name} does no better than chance on {Sentences.Joined(level)}",
            _ => "Scores across training",
        };
    }

    private void Draw(HtmlBuilder html)
    {
        ModelKey.Write(html, input.Models);
        long lastStep = input.Models.SelectMany(m => m.Scores).Select(s => s.Step).DefaultIfEmpty(1).Max();
        SmallMultiples.Write(html, _scores.Measures.Select(measure => new SmallMultiple(
            measure.Task, measure.Metric + Better(measure.HigherIsBetter), panel => DrawMeasure(panel, measure, lastStep))));
    }

    private void DrawMeasure(HtmlBuilder html, Measure measure, long lastStep)
    {
        LineSeries[] series = [.. input.Models.Select((model, color) => SeriesOf(model, color, measure)).Where(s => s.Points.Count > 0)];
        IEnumerable<double> values = series.SelectMany(s => s.Points).Select(point => point.Y);
        if (!measure.IsLogarithmic)
            values = values.Concat(series.SelectMany(s => s.Band).SelectMany(band => new[] { band.Low, band.High }));
        double? chance = ChanceLevels.Of(measure.Task, measure.Metric);
        new LineChart
        {
            Width = SmallMultiples.PanelWidth,
            Height = 220,
            X = new StepScale(lastStep),
            Y = measure.IsLogarithmic
                ? LogScale.Around(values)
                : LinearScale.Around(values, chance, measure.IsShare ? (value, decimals) => NumberText.Percent(value, Math.Max(0, decimals - 2)) : null, measure.IsShare ? 0 : null),
            YTicks = 4,
            XTitle = "step",
            Description = $"{measure.Task}, {measure.Metric}, over training steps",
            References = chance is { } level ? [new ReferenceLine(level, "chance")] : [],
            XText = step => $"step {NumberText.Count((long)step)}",
            YText = measure.Text,
            Series = series,
        }.Write(html);
    }

    private static LineSeries SeriesOf(ModelRun model, int color, Measure measure)
    {
        (long Step, TaskScore Score)[] scores = [.. SuiteScores.Of(model, measure)];
        return new LineSeries
        {
            Name = model.Name,
            Color = color,
            Points = [.. scores.Select(s => new ChartPoint(s.Step, s.Score.Value))],
            Band = [.. scores.Where(s => s.Score.StandardError is not null).Select(s =>
                Interval(s.Step, s.Score, measure))],
            Texts = [.. scores.Select(s => measure.TextWithError(s.Score))],
            Dots = true,
            EndLabel = scores.Length == 0 ? null : measure.Text(scores[^1].Score.Value),
        };
    }

    private static ChartInterval Interval(long step, TaskScore score, Measure measure)
    {
        double error = score.StandardError!.Value;
        return measure.IsShare
            ? new ChartInterval(step, Math.Max(0, score.Value - error), Math.Min(1, score.Value + error))
            : new ChartInterval(step, score.Value - error, score.Value + error);
    }

    private void WriteFinal(HtmlBuilder html)
    {
        WriteTable(html, "Final scores", _scores.Measures);
        foreach (IGrouping<string, Measure> group in _scores.Parts.GroupBy(measure => measure.Group!))
        {
            Measure[] measures = [.. group];
            html.Open("details").Element("summary", $"The {NumberText.Count(measures.Select(m => m.Task).Distinct().Count())} parts of {group.Key}");
            WriteTable(html, $"Final scores of the parts of {group.Key}", measures);
            html.Close("details").Line();
        }
    }

    private void WriteTable(HtmlBuilder html, string caption, IReadOnlyList<Measure> measures)
    {
        ModelRun[] models = [.. input.Models.Where(model => model.Scores.Count > 0)];
        new DataTable(
            caption,
            [
                new TableColumn("Task"), new TableColumn("Metric"), new TableColumn("Samples", Numeric: true, Class: "minor"),
                new TableColumn("Chance", Numeric: true, Class: "minor"), .. models.Select(model => new TableColumn(ModelKey.AtLast(model, model.Scores[^1].Step), Numeric: true)),
            ],
            [
                .. measures.Select(measure => (IReadOnlyList<TableCell>)
                [
                    measure.Task,
                    measure.Metric + Better(measure.HigherIsBetter),
                    measure.Samples is { } samples ? NumberText.Count(samples) : "–",
                    ChanceLevels.Of(measure.Task, measure.Metric) is { } chance ? measure.Text(chance) : "–",
                    .. models.Select(model => SuiteScores.Final(model, measure) is { } score
                        ? new TableCell(measure.TextWithError(score)) { Exact = NumberText.Significant(score.Value, 6) }
                        : new TableCell("–")),
                ]),
            ]).Write(html);
    }

    private static string Better(bool? higher) => higher switch { true => " ↑", false => " ↓", null => "" };
}
