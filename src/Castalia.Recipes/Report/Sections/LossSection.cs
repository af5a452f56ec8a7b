using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Charts.Scales;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Sections;

/// <summary>Loss curves of the suite in one chart.</summary>
internal sealed class LossSection(ReportInput input, FigureCommands commands) : IReportSection
{
    private readonly (int Color, ModelRun Model, LossCurve Loss)[] _models =
        [.. input.Models.Select((model, color) => (color, model, model.Loss!)).Where(m => m.Item3 is not null)];

    public string Id => "loss";

    public string Title => "Learning";

    public void Write(HtmlBuilder html)
    {
        if (_models.Length == 0)
        {
            MissingPart.Write(html, "This run has trained no model yet.", commands.Missing("train"));
            return;
        }
        html.Element("p", "At every position of the text a model states how likely each token is to come next. The loss is its surprise at the token "
            + "that came, in nats: each nat less means that it held the truth for 2.7 times likelier.");
        bool validated = _models.Any(m => m.Loss.Validation.Count > 0);
        new Figure
        {
            Id = "loss-curves",
            Title = Finding(),
            Subtitle = "Loss in nats over tokens trained on, logarithmic. Strong: mean over 14 % of the way. Faint: single batches"
                + (validated ? ". Dots: validation text." : "."),
            Body = Draw,
            Commands = commands.OfThoseThere("train", "examples", "finetune"),
        }.Write(html);
    }

    private string Finding()
    {
        (_, ModelRun firstModel, LossCurve first) = _models[0];
        (_, ModelRun lastModel, LossCurve last) = _models[^1];
        if (_models.Length == 1)
            return $"Loss fell from {Nats(first.FirstLoss)} to {Nats(first.FinalLoss)} nats";
        bool ordered = _models.Zip(_models.Skip(1)).All(pair => pair.Second.Loss.FinalLoss < pair.First.Loss.FinalLoss);
        return ordered && firstModel.Parameters is not null && lastModel.Parameters is not null
            ? $"The larger the model, the lower the loss: {Nats(first.FinalLoss)} nats for the smallest, {Nats(last.FinalLoss)} for the largest"
            : $"Loss ended between {Nats(_models.Min(m => m.Loss.FinalLoss))} and {Nats(_models.Max(m => m.Loss.FinalLoss))} nats";
    }

    private void Draw(HtmlBuilder html)
    {
        var losses = _models.SelectMany(m => m.Loss.Raw.Concat(m.Loss.Validation)).Select(p => p.Loss).Where(double.IsFinite).ToList();
        double? uniform = input.Tokens is { VocabularySize: > 1 } tokens ? Math.Log(tokens.VocabularySize) : null;
        var x = new LogScale(_models.Min(m => (double)m.Loss.Smoothed[0].Tokens), _models.Max(m => (double)m.Loss.Tokens));
        AxisScale y = LinearScale.Around(losses, uniform);
        Dictionary<double, long> steps = [];
        foreach (LossPoint point in _models.SelectMany(m => m.Loss.Smoothed))
            steps.TryAdd(point.Tokens, point.Step);

        foreach ((double width, double height, string place) in new[] { (920.0, 420.0, "wide"), (380.0, 330.0, "narrow") })
        {
            new LineChart
            {
                Width = width,
                Height = height,
                Class = place,
                X = x,
                Y = y,
                YTicks = 6,
                XTitle = "tokens",
                Description = $"Loss in nats over tokens. {Finding()}.",
                References = uniform is { } level ? [new ReferenceLine(level, $"guessing evenly among {NumberText.Count(input.Tokens!.VocabularySize)} tokens")] : [],
                XText = value => $"{NumberText.Compact(value)} tokens" + (steps.TryGetValue(value, out long step) ? $" · step {NumberText.Count(step)}" : ""),
                YText = value => $"{NumberText.Fixed(value, 3)} nats",
                Series =
                [
                    .. _models.Select(m => new LineSeries
                    {
                        Name = m.Model.Name,
                        Color = m.Color,
                        Points = [.. m.Loss.Smoothed.Select(p => new ChartPoint(p.Tokens, p.Loss))],
                        Faint = [.. m.Loss.Raw.Select(p => new ChartPoint(p.Tokens, p.Loss))],
                        Marks = [.. m.Loss.Validation.Select(p => new ChartPoint(p.Tokens, p.Loss))],
                        EndLabel = m.Model.Name.Length > 18 ? m.Model.Name[..17] + "…" : m.Model.Name,
                    }),
                ],
            }.Write(html);
        }
    }

    private static string Nats(double loss) => NumberText.Fixed(loss, 2);
}
