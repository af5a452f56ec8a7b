namespace Castalia.Recipes.Report.Page;

/// <summary>A section of the report.</summary>
internal interface IReportSection
{
    /// <summary>Its name in the page's addresses.</summary>
    string Id { get; }

    /// <summary>Its heading.</summary>
    string Title { get; }

    /// <summary>Writes what stands under the heading. Where the run has nothing for it, a sentence says which command makes it.</summary>
    void Write(HtmlBuilder html);
}

/// <summary>What a section says in place of figures it has no numbers for.</summary>
internal static class MissingPart
{
    /// <summary>Writes the sentence and the command.</summary>
    public static void Write(HtmlBuilder html, string sentence, string command)
    {
        html.Open("div", ("class", "missing")).Element("p", sentence);
        Figure.WriteCommands(html, "Make it", [command]);
        html.Close("div");
    }
}
