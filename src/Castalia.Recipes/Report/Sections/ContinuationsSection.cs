using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Sections;

/// <summary>The same prompts continued by every checkpoint.</summary>
internal sealed class ContinuationsSection(ReportInput input, FigureCommands commands) : IReportSection
{
    private const int MostCheckpoints = 24;
    private const int MostPrompts = 12;
    private const int LongestText = 1200;

    // The largest model has the most to say.
    private readonly ModelRun[] _models = [.. input.Models.Where(model => model.Continuations.Count > 0).Reverse().Take(TabGroup.Most)];

    public string Id => "continuations";

    public string Title => "Learning to speak";

    public void Write(HtmlBuilder html)
    {
        if (_models.Length == 0)
        {
            MissingPart.Write(html, "No checkpoint of this run has been asked to write anything yet.", commands.Missing("generate"));
            return;
        }
        html.Element("p", "Every checkpoint is given the same beginnings and writes on. Step 0 is the model before it has learned anything.");
        int prompts = _models.SelectMany(model => model.Continuations).Select(c => c.Prompt).Distinct().Count();
        new Figure
        {
            Id = "continuations-by-step",
            Title = prompts == 1
                ? "One prompt, continued by every checkpoint"
                : $"{Sentences.Begun(NumberText.Word(prompts))} prompts, each continued by every checkpoint",
            Subtitle = "The prompt is grey; what the model wrote is marked. The number is the checkpoint's step.",
            Body = body =>
            {
                if (_models.Length == 1)
                    WriteModel(body, _models[0]);
                else
                    TabGroup.Write(body, "speaker", "Model", [.. _models.Select(model => (model.Name, (Action<HtmlBuilder>)(view => WriteModel(view, model))))]);
            },
            Commands = commands.Of("generate"),
        }.Write(html);
    }

    private static void WriteModel(HtmlBuilder html, ModelRun model)
    {
        foreach (IGrouping<string, Continuation> prompt in model.Continuations.GroupBy(c => c.Prompt).Take(MostPrompts))
        {
            Continuation[] all = [.. prompt.OrderBy(c => c.Step)];
            html.Open("table", ("class", "speech")).Open("caption").Text("“").Element("bdi", Shortened(prompt.Key, 160)).Text("”").Close("caption");
            html.Open("thead").Open("tr").Element("th", "Step", ("scope", "col"), ("class", "n")).Element("th", "Text", ("scope", "col"))
                .Close("tr").Close("thead").Open("tbody");
            foreach (Continuation continuation in Thinning.Even(all, MostCheckpoints))
            {
                html.Open("tr").Element("th", NumberText.Count(continuation.Step), ("scope", "row"), ("class", "n"))
                    .Open("td").Open("bdi")
                    .Element("span", Shortened(prompt.Key, LongestText), ("class", "prompt"))
                    .Element("mark", Shortened(continuation.Text, LongestText))
                    .Close("bdi").Close("td").Close("tr").Line();
            }
            html.Close("tbody").Close("table").Line();
        }
    }

    private static string Shortened(string text, int longest)
    {
        if (text.Length <= longest)
            return text;
        int cut = char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest;
        return text[..cut] + " …";
    }
}
