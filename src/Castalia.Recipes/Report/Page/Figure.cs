namespace Castalia.Recipes.Report.Page;

/// <summary>A figure: what it says, what it shows, the drawing, and the commands that make it again.</summary>
internal sealed record Figure
{
    /// <summary>Its name in the page's addresses.</summary>
    public required string Id { get; init; }

    /// <summary>What can be seen in it, as a sentence.</summary>
    public required string Title { get; init; }

    /// <summary>What is drawn and how to read it.</summary>
    public required string Subtitle { get; init; }

    /// <summary>Writes the drawing.</summary>
    public required Action<HtmlBuilder> Body { get; init; }

    /// <summary>A remark under the drawing; null for none.</summary>
    public string? Note { get; init; }

    /// <summary>The commands that make it again, in order; none where the page says elsewhere how all of it is made.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>Writes the figure.</summary>
    public void Write(HtmlBuilder html)
    {
        html.Open("figure", ("id", Id));
        html.Open("div", ("class", "head")).Element("h3", Title).Element("p", Subtitle).Close("div").Line();
        Body(html);
        if (Note is not null || Commands.Count > 0)
        {
            html.Open("figcaption");
            if (Note is not null)
                html.Element("p", Note, ("class", "note"));
            if (Commands.Count > 0)
                WriteCommands(html, "Make it again", Commands);
            html.Close("figcaption");
        }
        html.Close("figure").Line();
    }

    /// <summary>Writes commands with a button that copies them.</summary>
    public static void WriteCommands(HtmlBuilder html, string label, IReadOnlyList<string> commands)
    {
        html.Open("div", ("class", "again")).Element("span", label, ("class", "label"))
            .Element("button", "Copy", ("type", "button"), ("class", "copy"), ("hidden", ""))
            .Open("pre", ("tabindex", "0")).Open("code");
        for (int i = 0; i < commands.Count; i++)
            html.Text(i == 0 ? commands[i] : "\n" + commands[i]);
        html.Close("code").Close("pre").Close("div").Line();
    }
}
