using System.Globalization;
using System.Text;

namespace Castalia.Models.Conversion;

/// <summary>A model's <c>README.md</c>: front matter that Hugging Face's hub reads, and where the model comes from.</summary>
internal static class ModelCard
{
    /// <summary>Its name.</summary>
    public const string FileName = "README.md";

    private const string Heading = "## Conversion";
    private const int LongestCard = 1 << 20;

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>The licence that a folder's card names; null where there is no card or it names none.</summary>
    public static string? LicenseOf(string folder)
    {
        (string front, _) = Read(folder);
        const string Key = "license:";
        string? line = front.Split('\n').FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal));
        string value = line?[Key.Length..].Trim().Trim('"', '\'') ?? "";
        return value.Length is > 0 and <= 100 && value.All(c => char.IsAsciiLetterOrDigit(c) || "-._+".Contains(c)) ? value : null;
    }

    /// <summary>The card of a model that was converted: the one that it had, or a new one, with a section on the conversion.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="types">Its tensors' types, as a reader should see them.</param>
    /// <param name="files">The weights' files and bytes.</param>
    /// <param name="provenance">Where it comes from.</param>
    /// <param name="command">The command; null for none.</param>
    /// <param name="library">What reads the model.</param>
    public static string Of(
        StoredModel model, string name, string types, IReadOnlyList<(string Name, long Bytes)> files, Provenance provenance, string? command,
        string library = "transformers")
    {
        (string front, string body) = Read(model.Path);
        var card = new StringBuilder();
        card.Append("---\n").Append(front.Length > 0 ? front : FrontMatter(model.Config, library)).Append("---\n\n");
        card.Append(body.Length > 0 ? body.TrimEnd() + "\n\n" : Description(model.Config, name));
        card.Append(Heading).Append("\n\n");
        card.Append(Invariant, $"Made from `{provenance.Source}`");
        if (provenance.Step is int step)
            card.Append(Invariant, $", step {step} of a training run (settings {provenance.OptionsHash})");
        card.Append(Invariant, $"; weights {types}, {files.Sum(file => file.Bytes):N0} bytes in {files.Count} file{(files.Count == 1 ? "" : "s")}.\n\n");
        card.Append("| input | bytes | SHA-256 |\n|---|---:|---|\n");
        foreach (InputRecord input in provenance.Inputs)
            card.Append(Invariant, $"| {input.Name} | {input.Bytes:N0} | `{input.Sha256}` |\n");
        card.Append('\n');
        if (provenance.TrainedBy is { Length: > 0 } trained)
            card.Append(Invariant, $"Trained by (run {provenance.Fingerprint}):\n\n    {trained.ReplaceLineEndings(" ")}\n\n");
        if (command is not null)
            card.Append(Invariant, $"Converted by:\n\n    {command.ReplaceLineEndings(" ")}\n\n");
        card.AppendJoin(", ", Provenance.Versions.Select(version => $"{version.Key} {version.Value}"));
        return card.Append(".\n").ToString();
    }

    private static string FrontMatter(TransformerConfig config, string library) => $"""
        library_name: {library}
        pipeline_tag: text-generation
        tags:
        - castalia
        - {config.Architecture}

        """.ReplaceLineEndings("\n");

    private static string Description(TransformerConfig config, string name)
    {
        (long total, long inner) = ParameterNames.Count(config);
        return string.Create(Invariant, $"""
            # {name}

            A causal language model of the architecture `{config.Architecture}`: {total:N0} parameters, {inner:N0} of them outside the embeddings; {config.Layers} blocks of
            width {config.HiddenSize} with {config.Heads} heads, trained for sequences of {config.MaxPositions:N0} tokens, a vocabulary of {config.VocabularySize:N0}.


            """).ReplaceLineEndings("\n");
    }

    /// <summary>The card of a folder in its two parts, without a section on an earlier conversion; empty where there is none.</summary>
    private static (string Front, string Body) Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path) || new FileInfo(path).Length > LongestCard)
            return ("", "");
        string text = File.ReadAllText(path).ReplaceLineEndings("\n");
        string front = "";
        if (text.StartsWith("---\n", StringComparison.Ordinal) && text.IndexOf("\n---\n", 3, StringComparison.Ordinal) is int end and > 0)
            (front, text) = (text[4..(end + 1)], text[(end + 5)..]);
        int former = text.IndexOf("\n" + Heading + "\n", StringComparison.Ordinal);
        return (front, (former < 0 ? text : text[..former]).Trim('\n'));
    }
}
