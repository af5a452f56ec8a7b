using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Sections;

/// <summary>Which colour is which model, above charts that are too small to name their lines.</summary>
internal static class ModelKey
{
    /// <summary>A model's name over numbers of its last measured checkpoint: with the step, where that is not the end of its training.</summary>
    public static string AtLast(ModelRun model, long step) => model.EndsAt(step) ? model.Name : $"{model.Name}, step {NumberText.Count(step)}";

    /// <summary>Writes the key.</summary>
    public static void Write(HtmlBuilder html, IReadOnlyList<ModelRun> models)
    {
        html.Open("p", ("class", "key"));
        for (int i = 0; i < models.Count; i++)
        {
            html.Open("span", ("class", FormattableString.Invariant($"s{i}"))).Text(models[i].Name);
            if (models[i].Parameters is { } parameters)
                html.Text(" ").Element("small", NumberText.Compact(parameters));
            html.Close("span");
        }
        html.Close("p").Line();
    }
}
