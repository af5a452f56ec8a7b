using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>The 273 Winograd schemas (Levesque et al. 2012), made fit for scoring what follows the pronoun.</summary>
internal static class Wsc273
{
    private static readonly string[] Upper = ["A", "An", "The", "She", "He", "It", "They", "My", "His", "Her", "Their"];
    private static readonly string[] Possessive = ["my", "his", "her", "our", "their"];

    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "wsc273")
        .EachRow("process_doc", row =>
        {
            string text = row.Text("text").Replace("  ", " ", StringComparison.Ordinal);
            string[] options = row.Texts("options");
            for (int i = 0; i < 2; i++)
                options[i] = Option(options[i], row.Text("pronoun"), text, row.Integer("pronoun_loc"));
            return Columns.Of(("text", text), ("options", Columns.List(options)));
        });

    /// <summary>A possessive pronoun makes the option possessive; within a sentence its first word is not in upper case.</summary>
    private static string Option(string option, string pronoun, string text, long place)
    {
        if (Possessive.Contains(PythonString.Lower(pronoun)))
            option += "'s";
        string first = PythonString.SplitAtSpace(option)[0];
        // Python counts a place below zero from the end.
        long before = place - 2 < 0 ? place - 2 + PythonString.Length(text) : place - 2;
        bool starts = Columns.Skip(text, (int)before).StartsWith('.');
        return !starts && Upper.Contains(first) ? option.Replace(first, PythonString.Lower(first), StringComparison.Ordinal) : option;
    }
}
