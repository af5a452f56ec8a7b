using System.Text.Json;
using Castalia.Testing;

namespace Castalia.Data.Tests;

/// <summary>The text that ships with the project: what its SOURCES.md promises holds.</summary>
public sealed class MiniPileTests
{
    private static readonly string Folder = Path.Combine(Fixtures.RepositoryRoot, "data", "mini-pile");

    public static TheoryData<string> Files => [.. DocumentReader.Expand([Folder]).Select(path => Path.GetFileName(path))];

    [Fact]
    public void It_is_at_most_14_megabytes() =>
        Assert.InRange(DocumentReader.Expand([Folder]).Sum(path => new FileInfo(path).Length), 1_000_000, 14_000_000);

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_document_has_a_source_and_a_licence(string file)
    {
        long documents = 0;
        long bytes = 0;
        var ids = new HashSet<string>();
        foreach (Document document in DocumentReader.Read([Path.Combine(Folder, file)]))
        {
            Assert.True(ids.Add(document.Id), $"{document.Id} comes twice.");
            Assert.False(string.IsNullOrWhiteSpace(document.Text), document.Id);
            JsonElement metadata = document.Metadata!.Value;
            Assert.False(string.IsNullOrWhiteSpace(metadata.GetProperty("license").GetString()), document.Id);
            Assert.StartsWith("https://", metadata.GetProperty("url").GetString());
            documents++;
            bytes += System.Text.Encoding.UTF8.GetByteCount(document.Text);
        }
        // | file | stands for | documents | bytes of text | bytes here | ...
        string row = Assert.Single(File.ReadLines(Path.Combine(Folder, "SOURCES.md")), line => line.StartsWith($"| {DocumentReader.NameOf(file)} |", StringComparison.Ordinal));
        Assert.Equal([documents, bytes, new FileInfo(Path.Combine(Folder, file)).Length], row.Split('|')[3..6].Select(cell => long.Parse(cell.Replace(",", ""))));
    }

    [Fact]
    public void Share_alike_text_shares_its_file_with_no_other_licence()
    {
        foreach (string path in DocumentReader.Expand([Folder]))
        {
            string[] kinds = [.. DocumentReader.Read([path])
                .Select(document => document.Metadata!.Value.GetProperty("license").GetString()!)
                .Select(licence => licence.StartsWith("CC-BY-SA", StringComparison.Ordinal) ? "CC BY-SA" : licence.StartsWith("GFDL", StringComparison.Ordinal) ? "GFDL" : "other")
                .Distinct()];
            Assert.Single(kinds);
        }
    }

    [Fact]
    public void The_salt_of_its_sources_puts_every_component_into_every_split()
    {
        var options = new CorpusOptions { Inputs = [Folder], SplitSalt = "mini-pile 2267", ValidationShare = 0.03, TestShare = 0.03 };
        Dictionary<(string Component, CorpusSplit), long> characters = DocumentReader.Read(options.Inputs)
            .AggregateBy(document => (document.Source, options.SplitOf(document.Text)), 0L, (sum, document) => sum + document.Text.Length)
            .ToDictionary();
        string[] components = [.. characters.Keys.Select(key => key.Component).Distinct()];
        Assert.Equal(20, components.Length);
        foreach (string component in components)
            Assert.All(CorpusSplits.All, split => Assert.InRange(characters.GetValueOrDefault((component, split)), 16_000, long.MaxValue));
        Assert.Contains($"`{options.SplitSalt}`", File.ReadAllText(Path.Combine(Folder, "SOURCES.md")));
    }
}
