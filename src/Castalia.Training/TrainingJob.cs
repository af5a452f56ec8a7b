using Castalia.Data;
using Castalia.Models;

namespace Castalia.Training;

/// <summary>One training run of one model.</summary>
/// <param name="Name">The model's name in progress and messages: <c>pythia-14m</c>.</param>
/// <param name="Model">What to train: from weights drawn with the options' seed, or from those of <see cref="StartFrom"/>.</param>
/// <param name="Options">How to train it.</param>
/// <param name="Samples">The training samples in their order. Step s takes samples [B·s, B·(s+1)), whatever the micro-batch: models given the same samples see the same batches.</param>
/// <param name="OutputFolder">Where <c>metrics.jsonl</c>, <c>training.json</c> and <c>checkpoints/</c> go.</param>
public sealed record TrainingJob(string Name, TransformerConfig Model, TrainingOptions Options, ISampleSource Samples, string OutputFolder)
{
    /// <summary>How the first weights are drawn, where they are.</summary>
    public WeightInit Initialization { get; init; } = WeightInit.Pythia;

    /// <summary>The folder of the model whose weights training begins with: HF's layout, a checkpoint among them; null where weights are drawn.</summary>
    public string? StartFrom { get; init; }

    /// <summary>The adapter to train beside the weights of <see cref="StartFrom"/>, which then stay as they are; null where all weights are trained.</summary>
    public LoraConfig? Lora { get; init; }

    /// <summary>The tokenizer that made the tokens, copied into every checkpoint as <c>tokenizer.json</c>; null for none.</summary>
    public string? TokenizerPath { get; init; }

    /// <summary>Texts that go into every checkpoint as well, by file name: the chat template and the tokenizer's settings.</summary>
    public IReadOnlyDictionary<string, string> Companions { get; init; } = new Dictionary<string, string>();

    /// <summary>Samples that <see cref="TrainingOptions.ValidationBatches"/> are taken from, the first ones; null for none.</summary>
    public ISampleSource? Validation { get; init; }
}
