using System.Globalization;
using System.Text.Json;
using Castalia.Data;
using Castalia.Text;

namespace Castalia.Cli.Display;

/// <summary>Shows what a tokenizer is.</summary>
internal static class InspectionDisplay
{
    private const int MostScripts = 12;

    // Backgrounds of neighbouring tokens; the text on them is black.
    private static readonly int[] Backgrounds = [153, 223, 157, 225, 229];

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Prints an inspection: all of the tokenizer, or where a text was given what becomes of that.</summary>
    public static void Show(TokenizerInspection inspection)
    {
        if (inspection.Tokens is null)
            ShowTokenizer(inspection);
        else
            ShowText(inspection.Text!, inspection.Tokens);
    }

    private static void ShowTokenizer(TokenizerInspection inspection)
    {
        TokenizerDescription tokenizer = inspection.Tokenizer;
        VocabularyDescription vocabulary = tokenizer.Vocabulary;
        Console.WriteLine(inspection.File);
        Line("file", inspection.Bytes is long bytes
            ? string.Create(Invariant, $"{inspection.Kind}, {bytes:N0} bytes, SHA-256 {inspection.Sha256}")
            : inspection.Kind);
        Line("model", $"{tokenizer.Model}, {Count(vocabulary.ModelTokens)} tokens{(tokenizer.Merges is int merges ? $", {Count(merges)} merges" : "")}");
        Line("", Compact(tokenizer.ModelSettings));
        Line("vocabulary", $"{Count(tokenizer.VocabularySize)} ids, {Count(vocabulary.Tokens)} tokens"
            + $"{(vocabulary.Holes > 0 ? $", {Count(vocabulary.Holes)} ids without one" : "")}");
        Line("normalizer", Compact(tokenizer.Normalizer));
        Line("pre-tokenizer", Compact(tokenizer.PreTokenizer));
        Line("post-processor", Compact(tokenizer.PostProcessor));
        Line("decoder", Compact(tokenizer.Decoder));
        Line("truncation", tokenizer.Truncation is { } cut ? $"to {Count(cut.MaxLength)} tokens, stride {Count(cut.Stride)}" : "none");
        Line("padding", tokenizer.Padding is { } fill
            ? $"with {TextTable.Shown(fill.Token)} to {(fill.Length is int length ? Count(length) : "the longest")}"
            : "none");
        Line("end of text", inspection.EndOfText is int end ? $"{end}" : "none by a usual name");
        Line("bytes", Bytes(vocabulary.MissingBytes));
        Line("part characters", $"{Count(vocabulary.NotUtf8.Count)} tokens are not whole characters");
        Line("scripts", Scripts(vocabulary.Scripts));
        Line("unreachable", Unreachable(vocabulary.Unreachable, inspection.Unreachable));
        ShowAdded(tokenizer.AddedTokens);
        if (vocabulary.Longest.Count == 0)
            return;
        Console.WriteLine();
        Console.WriteLine("Longest tokens");
        var table = new TextTable(">id", ">bytes", "text");
        foreach (TokenDescription token in vocabulary.Longest)
            table.Add(token.Id.ToString(Invariant), token.Length.ToString(Invariant), Quoted(token.Text));
        table.Write(Console.Out, 2);
    }

    private static void ShowAdded(IReadOnlyList<AddedToken> tokens)
    {
        if (tokens.Count == 0)
            return;
        Console.WriteLine();
        Console.WriteLine($"Added tokens ({Count(tokens.Count)})");
        var table = new TextTable(">id", "token", "");
        string[] none = [];
        foreach (AddedToken token in tokens.Take(40))
        {
            string[] flags =
            [
                .. token.Special ? ["special"] : none, .. token.SingleWord ? ["single word"] : none, .. token.LeftStrip ? ["lstrip"] : none,
                .. token.RightStrip ? ["rstrip"] : none, .. token.Normalized ? ["normalized"] : none,
            ];
            table.Add(token.Id.ToString(Invariant), Quoted(token.Content), string.Join(", ", flags));
        }
        table.Write(Console.Out, 2);
        if (tokens.Count > 40)
            Console.WriteLine($"  and {Count(tokens.Count - 40)} more; --json shows all");
    }

    private static void ShowText(string text, IReadOnlyList<InspectedToken> tokens)
    {
        bool colour = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null;
        if (colour)
        {
            foreach ((int index, InspectedToken token) in tokens.Index().Where(pair => pair.Item.Text.Length > 0))
                Console.Write($"\e[48;5;{Backgrounds[index % Backgrounds.Length]};38;5;16m{TextTable.Shown(token.Text, int.MaxValue)}\e[0m");
            Console.WriteLine();
            Console.WriteLine();
        }
        var table = new TextTable(">", ">id", "token", ">start", ">end", "text", ">word");
        foreach ((int index, InspectedToken token) in tokens.Index())
        {
            table.Add(index.ToString(Invariant), token.Id.ToString(Invariant), TextTable.Shown(token.Token), token.Offsets.Start.ToString(Invariant),
                token.Offsets.End.ToString(Invariant), token.IsPutIn ? "(put in)" : Quoted(token.Text), token.WordId?.ToString(Invariant) ?? "");
        }
        table.Write(Console.Out);
        int bytes = System.Text.Encoding.UTF8.GetByteCount(text), points = text.EnumerateRunes().Count();
        string rate = tokens.Count > 0 ? string.Create(Invariant, $", {(double)bytes / tokens.Count:0.00} bytes a token") : "";
        Console.WriteLine(string.Create(Invariant, $"{tokens.Count:N0} tokens, {points:N0} code points, {bytes:N0} bytes{rate}. Places count code points."));
    }

    private static void Line(string name, string value) => Console.WriteLine($"  {name,-16} {value}");

    private static string Count(int count) => count.ToString("N0", Invariant);

    private static string Quoted(string text) => $"\"{TextTable.Shown(text)}\"";

    private static string Compact(JsonElement? part) => part is { } value ? TextTable.Shown(value.GetRawText(), 240) : "none";

    private static string Scripts(IReadOnlyList<ScriptCount> scripts) => scripts.Count == 0 ? "no letters"
        : $"{Count(scripts.Count)}: {string.Join(", ", scripts.Take(MostScripts).Select(script => $"{script.Script} {Count(script.Tokens)}"))}"
            + (scripts.Count > MostScripts ? $", and {scripts.Count - MostScripts} with at most {Count(scripts[MostScripts].Tokens)} tokens" : "");

    private static string Unreachable(IReadOnlyList<int>? ids, IReadOnlyList<TokenDescription>? first) => ids is null ? "not known of this kind of model"
        : ids.Count == 0 ? "none: every token is the encoding of some text"
        : $"{Count(ids.Count)} tokens that no text is encoded to: "
            + $"{string.Join(", ", first!.Take(5).Select(token => $"{Quoted(token.Text)} ({token.Id})"))}{(ids.Count > 5 ? ", ..." : "")}";

    private static string Bytes(IReadOnlyList<int> missing)
    {
        if (missing.Count == 0)
            return "all 256 have a token of their own: any text can be encoded";
        // UTF-8 never holds these.
        bool complete = missing.All(value => value is 0xC0 or 0xC1 or >= 0xF5);
        return $"{256 - missing.Count} of 256 have a token of their own"
            + (complete ? ", all that occur in UTF-8: any text can be encoded" : missing.Count == 256 ? "" : $"; not {Ranges(missing)}");
    }

    private static string Ranges(IReadOnlyList<int> values)
    {
        List<string> ranges = [];
        for (int i = 0; i < values.Count;)
        {
            int first = i;
            while (++i < values.Count && values[i] == values[i - 1] + 1)
            {
            }
            ranges.Add(i - first == 1 ? $"{values[first]:X2}" : $"{values[first]:X2}-{values[i - 1]:X2}");
        }
        return string.Join(' ', ranges.Take(24)) + (ranges.Count > 24 ? " ..." : "");
    }
}
