namespace Castalia.Recipes.Report.Page;

/// <summary>
/// Several views of which one is shown. The choice is made by radio buttons and style rules alone, so it works without a script, from the
/// keyboard, and in print, where all views are shown.
/// </summary>
internal static class TabGroup
{
    /// <summary>The most views of a group that the page's style knows.</summary>
    public const int Most = 24;

    /// <summary>Writes the buttons and the views; the first is shown.</summary>
    /// <param name="html">Where to.</param>
    /// <param name="name">The group's name, one of its kind on the page.</param>
    /// <param name="label">What is chosen.</param>
    /// <param name="views">Name and content of each view, at most <see cref="Most"/>.</param>
    public static void Write(HtmlBuilder html, string name, string label, IReadOnlyList<(string Title, Action<HtmlBuilder> Write)> views)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(views.Count, Most);
        html.Open("div", ("class", "tabs"), ("role", "radiogroup"), ("aria-label", label));
        for (int i = 0; i < views.Count; i++)
        {
            string id = FormattableString.Invariant($"{name}-{i}");
            html.Leaf("input", ("type", "radio"), ("name", name), ("id", id), ("checked", i == 0 ? "" : null))
                .Element("label", views[i].Title, ("for", id));
        }
        for (int i = 0; i < views.Count; i++)
        {
            html.Open("div", ("class", FormattableString.Invariant($"view view-{i}"))).Element("p", views[i].Title, ("class", "printed"));
            views[i].Write(html);
            html.Close("div").Line();
        }
        html.Close("div").Line();
    }

    /// <summary>The style rules that show the chosen view.</summary>
    public static string Style() => string.Concat(Enumerable.Range(0, Most).Select(i =>
        FormattableString.Invariant($".tabs>input:nth-of-type({i + 1}):checked~.view-{i}{{display:block}}\n")));
}
