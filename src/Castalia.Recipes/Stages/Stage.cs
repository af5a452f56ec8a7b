using System.Text.Json.Nodes;

namespace Castalia.Recipes.Stages;

/// <summary>
/// One step of an experiment: files in, files out, nothing else. Its fingerprint (kind, settings, content of the inputs) says whether what
/// stands in its folder is still what it would make.
/// </summary>
public sealed class Stage
{
    /// <summary>What kind of work it is, in the words of the command line: <c>data</c>, <c>tokenizer</c>, <c>tokenize</c>, <c>train</c>, <c>eval</c>, <c>lens</c>, <c>generate</c>, <c>report</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The model it works on, where a recipe has one such stage a model; else null.</summary>
    public string? Model { get; init; }

    /// <summary>The folder that it writes, and nothing outside it but <see cref="OutputsBeside"/>.</summary>
    public required string Folder { get; init; }

    /// <summary>Files and folders that it reads; a folder stands for all files in it, manifests excepted.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Files that it writes outside its folder.</summary>
    public IReadOnlyList<string> OutputsBeside { get; init; } = [];

    /// <summary>Everything that decides the result besides the inputs. Compared as JSON text.</summary>
    public required JsonObject Settings { get; init; }

    /// <summary>The seed behind the stage's random choices, where it makes any.</summary>
    public long? Seed { get; init; }

    /// <summary>The command that does the same again, as a user would type it.</summary>
    public required string Command { get; init; }

    /// <summary>Whether work that was cut short can go on in the half-filled folder. Else the folder is emptied first.</summary>
    public bool Resumes { get; init; }

    /// <summary>Does the work. What it leaves in the folder when it returns is the stage's output.</summary>
    public required Action<StageContext> Run { get; init; }

    /// <summary>Kind and model: <c>train:pythia-a</c>, or the kind alone.</summary>
    public string Name => Model is null ? Kind : $"{Kind}:{Model}";

    /// <summary>Whether a name given on the command line (<c>train</c> or <c>train:pythia-a</c>) means this stage.</summary>
    public bool IsCalled(string name) => name == Kind || name == Name;
}

/// <summary>What a running stage is given.</summary>
/// <param name="Folder">The folder to fill; it exists.</param>
/// <param name="Progress">Where it says how far it is; null where nobody listens.</param>
/// <param name="Cancellation">Asks it to stop at the next safe point.</param>
public sealed record StageContext(string Folder, IProgress<WorkProgress>? Progress, CancellationToken Cancellation);
