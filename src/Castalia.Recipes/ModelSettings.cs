using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Castalia.Models;
using Castalia.Training;

namespace Castalia.Recipes;

/// <summary>A model of the suite: a Pythia size by name, or a shape of its own with Pythia's architecture.</summary>
public sealed record ModelSettings
{
    /// <summary>The model's name in the run: its folder, its line in the report.</summary>
    public required string Name { get; init; }

    /// <summary>A Pythia size (14m, 31m, 70m, 160m, 410m, 1b, 1.4b, 2.8b, 6.9b, 12b) whose shape holds where nothing else is said.</summary>
    public string? Size { get; init; }

    /// <summary>Number of blocks.</summary>
    [Range(1, 1024)]
    public int? Layers { get; init; }

    /// <summary>Width of the residual stream.</summary>
    [Range(8, 1 << 16)]
    public int? HiddenSize { get; init; }

    /// <summary>Attention heads a block.</summary>
    [Range(1, 1024)]
    public int? Heads { get; init; }

    /// <summary>Width inside the MLP; four times the hidden size where nothing is said.</summary>
    [Range(8, 1 << 18)]
    public int? IntermediateSize { get; init; }

    /// <summary>The share of each head's dimensions that rotary positions turn.</summary>
    [Range(0.0, 1.0)]
    public double RotaryFraction { get; init; } = 0.25;

    /// <summary>The nonlinearity: gelu (the released Pythia configurations) or gelu_tanh (what Pythia was trained with).</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>How attention and MLP are added to the residual stream.</summary>
    public ResidualForm Residual { get; init; } = ResidualForm.Parallel;

    /// <summary>How weights begin: pythia (small_init, wang_init) or normal (0.02, 0.02/sqrt(2 layers)).</summary>
    public InitRule? Init { get; init; }

    /// <summary>Peak learning rate of this model, where it differs from the size's or the training section's.</summary>
    [Range(0.0, 10.0)]
    public double? LearningRate { get; init; }

    /// <summary>The vocabulary's rows are padded to a multiple of this.</summary>
    [Range(1, 1 << 16)]
    public int PadVocabularyTo { get; init; } = 128;

    /// <summary>How weights begin.</summary>
    [JsonIgnore]
    public WeightInit WeightInit => (Init, Preset?.Init) switch
    {
        (InitRule.Normal, _) => WeightInit.Normal,
        (null, { } preset) => preset,
        _ => WeightInit.Pythia,
    };

    private PythiaSize? Preset => Size is null ? null : PythiaSizes.Named(Size);

    /// <summary>The model's full configuration.</summary>
    /// <param name="vocabularySize">The tokenizer's.</param>
    /// <param name="sequenceLength">The longest sequence it is trained on.</param>
    /// <param name="endOfText">The id that separates documents, where the tokenizer has one.</param>
    /// <exception cref="InputException">The sizes do not make a model.</exception>
    public TransformerConfig Configure(int vocabularySize, int sequenceLength, int? endOfText)
    {
        try
        {
            TransformerConfig? shape = Preset?.Config;
            int hidden = HiddenSize ?? shape?.HiddenSize ?? throw new ArgumentException("It has neither a size nor a hidden_size.");
            var config = new TransformerConfig
            {
                VocabularySize = checked((vocabularySize + PadVocabularyTo - 1) / PadVocabularyTo * PadVocabularyTo),
                HiddenSize = hidden,
                Layers = Layers ?? shape?.Layers ?? throw new ArgumentException("It has neither a size nor layers."),
                Heads = Heads ?? shape?.Heads ?? throw new ArgumentException("It has neither a size nor heads."),
                IntermediateSize = IntermediateSize ?? 4 * hidden,
                MaxPositions = sequenceLength,
                Position = new RotaryPositions(Fraction: RotaryFraction),
                Activation = Activation,
                Residual = Residual,
                BeginTokenId = endOfText,
                EndTokenId = endOfText,
            };
            config.Validate();
            return config;
        }
        catch (ArgumentException e)
        {
            throw new InputException($"model '{Name}'", null, e.Message, "Correct its section in the recipe: give 'size', or 'layers', 'hidden_size' and 'heads'.", e);
        }
    }

    /// <summary>The training options of this model: the recipe's, with its own learning rate.</summary>
    public TrainingOptions TrainingOf(TrainingOptions training) => LearningRate is { } rate ? training with { LearningRate = rate } : training;
}

/// <summary>How weights begin.</summary>
public enum InitRule
{
    /// <summary>small_init for what reads the residual stream, wang_init for what writes to it.</summary>
    Pythia,

    /// <summary>Normal with 0.02, and 0.02/sqrt(2 layers) for what writes to the residual stream.</summary>
    Normal,
}
