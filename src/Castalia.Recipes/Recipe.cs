using System.ComponentModel.DataAnnotations;
using Castalia.Data;
using Castalia.Models;
using Castalia.Text;
using Castalia.Training;

namespace Castalia.Recipes;

/// <summary>
/// An experiment as one file: from text to a scored and inspected suite of models. Every key has the default of the record that holds
/// it; <c>recipes/recipe.schema.json</c> is made from these records.
/// </summary>
public sealed record Recipe
{
    /// <summary>The experiment's name.</summary>
    public required string Name { get; init; }

    /// <summary>The run folder; runs/NAME under the current folder where nothing is said.</summary>
    public string? Output { get; init; }

    /// <summary>The documents: where they are, how they are split and mixed. A recipe that only fine-tunes needs none.</summary>
    public CorpusOptions? Data { get; init; }

    /// <summary>The tokenizer that is trained on the training documents.</summary>
    public TrainerOptions Tokenizer { get; init; } = new();

    /// <summary>How documents become packed tokens.</summary>
    public TokenizeSettings Tokenize { get; init; } = new();

    /// <summary>The suite: models that differ in shape and see the same batches in the same order.</summary>
    public IReadOnlyList<ModelSettings> Models { get; init; } = [];

    /// <summary>How every model is trained.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>Models that are made of others by examples.</summary>
    public IReadOnlyList<FinetuneSettings> Finetune { get; init; } = [];

    /// <summary>How every checkpoint is scored.</summary>
    public EvaluationSettings Evaluation { get; init; } = new();

    /// <summary>How every checkpoint is looked into.</summary>
    public LensSettings Lens { get; init; } = new();

    /// <summary>Prompts that every checkpoint continues.</summary>
    public GenerateSettings Generate { get; init; } = new();

    /// <summary>Checks what a single key cannot tell.</summary>
    /// <param name="source">The recipe's path, for errors.</param>
    /// <exception cref="InputException">Two models have one name, a name is no folder name, or a section's values do not fit together.</exception>
    public void Validate(string source)
    {
        if (Models.Count == 0 && (Finetune.Count == 0 || Data is not null))
            throw new InputException(source, "models", "there is none.", "Name at least one model: '- {name: small, size: 14m}'.");
        if (Models.Count > 0 && Data is null)
            throw new InputException(source, "data", "the key 'data' is missing, and there are models to train from nothing.", "Say where the documents are: 'data: {inputs: [...]}'.");
        string[] names = [.. Models.Select(model => model.Name), .. Finetune.Select(model => model.Name)];
        foreach (string name in names.Prepend(Name))
            if (name.Length == 0 || name.StartsWith('.') || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
                throw new InputException(source, "name", $"'{name}' becomes a folder's name and may hold letters, digits, '-', '_' and '.' only.", "Choose another name.");
        if (names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InputException(source, "models", $"two models are called '{twice.Key}'.", "Give each a name of its own.");
        Data?.Validate();
        foreach (FinetuneSettings model in Finetune)
            model.Validate(source);
        foreach (ModelSettings model in Models)
        {
            model.TrainingOf(Training).Validate(source);
            try
            {
                model.Configure(vocabularySize: 256, Training.SequenceLength, endOfText: null);
            }
            catch (InputException e)
            {
                throw new InputException(source, e.File, e.Problem, e.Remedy, e);
            }
        }
        Generate.Validate(source);
    }
}

/// <summary>How documents become packed tokens.</summary>
public sealed record TokenizeSettings
{
    /// <summary>Whether the end-of-text token is put after every document.</summary>
    public bool AppendEod { get; init; } = true;
}

/// <summary>How every checkpoint is scored.</summary>
public sealed record EvaluationSettings
{
    /// <summary>Tasks of the harness, by name; groups stand for their members.</summary>
    public IReadOnlyList<string> Tasks { get; init; } = ["lambada_openai", "blimp", "arc_easy"];

    /// <summary>Only this many documents of each task, the first ones; all where nothing is said.</summary>
    [Range(1, int.MaxValue)]
    public int? Limit { get; init; }

    /// <summary>Examples shown before each question; the task's own number where nothing is said.</summary>
    [Range(0, 100)]
    public int? NumFewshot { get; init; }

    /// <summary>Resamplings behind those standard errors that have no closed form; 0 for none of these.</summary>
    [Range(0, 10_000_000)]
    public int BootstrapIterations { get; init; } = 1000;

    /// <summary>Whether every document's requests and answers are written as well.</summary>
    public bool LogSamples { get; init; }

    /// <summary>A folder of task files in lm-eval's YAML to look into first; Castalia's own tasks are always known.</summary>
    public string? TaskFolder { get; init; }

    /// <summary>Bytes of validation text of each component for bits per byte; 0 leaves it out.</summary>
    [Range(0, 1 << 30)]
    public long BitsPerByteBytes { get; init; } = 65_536;

    /// <summary>Number format of the forward passes.</summary>
    public InferencePrecision Precision { get; init; } = InferencePrecision.Float32;
}

/// <summary>How every checkpoint is looked into.</summary>
public sealed record LensSettings
{
    /// <summary>Tokens of the validation text that the lens looks at.</summary>
    [Range(2, 1 << 30)]
    public long Tokens { get; init; } = 8_192;
}

/// <summary>Prompts that every checkpoint continues.</summary>
public sealed record GenerateSettings
{
    /// <summary>The prompts.</summary>
    public IReadOnlyList<string> Prompts { get; init; } = ["The meaning of life is"];

    /// <summary>How they are continued.</summary>
    public GenerationOptions Options { get; init; } = new() { Seed = 1234 };

    /// <summary>Refuses options that mean nothing.</summary>
    /// <param name="source">What to name in the error: the recipe's path, or the verb.</param>
    /// <exception cref="InputException">An option is out of its range.</exception>
    public void Validate(string source)
    {
        try
        {
            Options.Validate();
        }
        catch (ArgumentException e)
        {
            throw new InputException(source, "generate.options", e.Message, "Correct that option.", e);
        }
    }
}
