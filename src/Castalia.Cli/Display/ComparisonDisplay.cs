using System.Globalization;
using Castalia.Data;
using Castalia.Recipes.Report;

namespace Castalia.Cli.Display;

/// <summary>Shows how two tokenizers compare.</summary>
internal static class ComparisonDisplay
{
    private const int MostLanguages = 20, MostTokens = 12;

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Prints the tables.</summary>
    /// <param name="result">The comparison.</param>
    /// <param name="folder">Where its files are; null for nowhere.</param>
    public static void Show(ComparisonResult result, string? folder)
    {
        Console.WriteLine();
        Console.WriteLine($"A  {TextTable.Shown(result.A.Name)}: {result.A.Model}, {result.A.Tokens.ToString("N0", Invariant)} tokens");
        Console.WriteLine($"B  {TextTable.Shown(result.B.Name)}: {result.B.Model}, {result.B.Tokens.ToString("N0", Invariant)} tokens");
        ShowGroups("source", result.Components, result.Total, result.Components.Count);
        ShowGroups("language", result.Languages, null, MostLanguages);
        ShowVocabulary(result);
        ComparedGroup total = result.Total;
        Console.WriteLine();
        if (total.IdenticalDocuments is long identical)
            Console.WriteLine($"Same ids: {Share(identical, total.Documents)} of the documents.");
        Console.WriteLine(
            $"Decoding gives back to the byte: A {Share(total.A.RoundTrips, total.Documents)}, B {Share(total.B.RoundTrips, total.Documents)} of the documents.");
        if (folder is not null)
            Console.WriteLine($"Page: {Path.Combine(folder, ComparisonReport.FileName)}");
    }

    private static void ShowGroups(string kind, IReadOnlyList<ComparedGroup> groups, ComparedGroup? total, int most)
    {
        Console.WriteLine();
        var table = new TextTable(kind, ">documents", ">bytes", ">bytes/token A", ">B", ">tokens/word A", ">B", ">tokens/char A", ">B", ">A/B");
        IEnumerable<ComparedGroup> rows = groups.Take(most);
        foreach (ComparedGroup group in total is null ? rows : rows.Append(total))
        {
            table.Add(TextTable.Shown(group.Name, 32), group.Documents.ToString("N0", Invariant), group.Bytes.ToString("N0", Invariant),
                Number(group.A.BytesPerToken, 2), Number(group.B.BytesPerToken, 2), Number(group.A.TokensPerWord, 2), Number(group.B.TokensPerWord, 2),
                Number(group.A.TokensPerCodePoint, 3), Number(group.B.TokensPerCodePoint, 3), Number(group.Ratio, 3));
        }
        table.Write(Console.Out);
        if (groups.Count > most)
            Console.WriteLine($"and {(groups.Count - most).ToString("N0", Invariant)} more with less text");
    }

    private static void ShowVocabulary(ComparisonResult result)
    {
        VocabularyComparison vocabulary = result.Vocabulary;
        Console.WriteLine();
        Console.WriteLine(string.Create(
            Invariant, $"Vocabularies: {vocabulary.Shared:N0} tokens in both, {vocabulary.OnlyA:N0} only in A, {vocabulary.OnlyB:N0} only in B."));
        foreach ((string name, IReadOnlyList<CountedToken> tokens) in new[] { ("A", vocabulary.FrequentOnlyA), ("B", vocabulary.FrequentOnlyB) })
        {
            if (tokens.Count == 0)
                continue;
            IEnumerable<string> first = tokens.Take(MostTokens).Select(token => string.Create(Invariant, $"\"{TextTable.Shown(token.Text, 24)}\" {token.Count:N0}"));
            Console.WriteLine($"  most frequent of those only in {name}: {string.Join(", ", first)}");
        }
    }

    private static string Number(double value, int decimals) =>
        double.IsFinite(value) ? value.ToString("F" + decimals.ToString(Invariant), Invariant) : "-";

    private static string Share(long part, long all) => all == 0 ? "-" : part == all ? "all" : string.Create(Invariant, $"{part:N0} of {all:N0}");
}
