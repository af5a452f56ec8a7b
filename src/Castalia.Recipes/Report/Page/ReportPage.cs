using Castalia.Recipes.Report.Sections;

namespace Castalia.Recipes.Report.Page;

/// <summary>The page of a run.</summary>
internal static class ReportPage
{
    /// <summary>The page of a run.</summary>
    public static string Render(ReportInput input)
    {
        var commands = new FigureCommands(input);
        return new HtmlPage
        {
            Title = input.Name,
            Colors = Math.Max(1, input.Models.Count),
            Sections =
            [
                new LossSection(input, commands),
                new ScoresSection(input, commands),
                new LensSection(input, commands),
                new BitsSection(input, commands),
                new ContinuationsSection(input, commands),
                new DataSection(input, commands),
                new StagesSection(input, commands),
            ],
            Header = new Masthead(input).Header(),
            Footer = "Written by Castalia. Every number is read from the files of the run; nothing is loaded from anywhere else.",
        }.Render();
    }
}
