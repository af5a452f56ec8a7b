using System.Text;
using Castalia.Data;

namespace Castalia.Bench.Tokenizers;

/// <summary>Texts that are encoded, in the two forms that tokenizers take them in.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Texts">The texts as UTF-16.</param>
/// <param name="Utf8">The same as UTF-8.</param>
internal sealed record BenchCorpus(string Name, IReadOnlyList<string> Texts, IReadOnlyList<byte[]> Utf8)
{
    private static readonly string[] English =
        ["freelaw", "gutenberg", "long_books", "nih_exporter", "openwebtext2", "shakespeare", "us_speeches", "uspto"];

    /// <summary>The size in UTF-8, which is what speeds are given in.</summary>
    public long Bytes { get; } = Utf8.Sum(text => (long)text.Length);

    /// <summary>The repository's root: the nearest folder above the program that holds <c>Castalia.slnx</c>.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>The files given; else bench20 (twenty sources in many languages, 20 MB) where it is at hand; else the whole mini-Pile.</summary>
    public static BenchCorpus Mixed(IReadOnlyList<string> files)
    {
        if (files.Count > 0)
            return Read(string.Join(", ", files.Select(DocumentReader.NameOf)), files);
        string bench20 = Path.Combine(RepositoryRoot, "..", "shared", "fixtures", "text", "bench20.jsonl.zst");
        return File.Exists(bench20) ? Read("bench20", [bench20]) : Read("mini-Pile", [MiniPile("")]);
    }

    /// <summary>The parts of the mini-Pile that are English prose.</summary>
    public static BenchCorpus Prose() => Read("English prose", [.. English.Select(name => MiniPile(name + ".jsonl.zst"))]);

    private static BenchCorpus Read(string name, IReadOnlyList<string> paths)
    {
        string[] texts = [.. DocumentReader.Read(paths).Select(document => document.Text)];
        return new BenchCorpus(name, texts, [.. texts.Select(Encoding.UTF8.GetBytes)]);
    }

    private static string MiniPile(string file) => Path.Combine(RepositoryRoot, "data", "mini-pile", file);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Castalia.slnx")))
                return folder.FullName;
        }
        throw new InputException(AppContext.BaseDirectory, "", "no Castalia.slnx in any folder above", "Run the benchmark from a checkout of the repository.");
    }
}
