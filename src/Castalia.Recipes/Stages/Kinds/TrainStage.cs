using System.Text.Json.Nodes;
using Castalia.Data;
using Castalia.Recipes.Configuration;
using Castalia.Text;
using Castalia.Training;

namespace Castalia.Recipes.Stages.Kinds;

/// <summary>Trains one model of the suite.</summary>
public static class TrainStage
{
    /// <summary>The stage that writes <c>metrics.jsonl</c>, <c>training.json</c> and <c>checkpoints/step{N}</c>.</summary>
    /// <param name="model">The model's shape.</param>
    /// <param name="training">How it is trained.</param>
    /// <param name="tokens">A folder as <see cref="TokenizeStage"/> writes it. The sample order's index files are kept beside the tokens, so every model of the suite reads the same.</param>
    /// <param name="tokenizer">The <c>tokenizer.json</c>.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="command">The command that does the same again.</param>
    public static Stage Create(ModelSettings model, TrainingOptions training, string tokens, string tokenizer, string folder, string command)
    {
        TrainingOptions options = model.TrainingOf(training);
        options.Validate($"training of '{model.Name}'");
        model.Configure(vocabularySize: 256, options.SequenceLength, endOfText: null); // a shape that makes no model is refused before anything is built
        string train = Path.Combine(tokens, "train"), validation = Path.Combine(tokens, "validation");
        bool validates = options.ValidationBatches > 0;
        return new Stage
        {
            Kind = "train",
            Model = model.Name,
            Folder = folder,
            Inputs = [train + ".bin", train + ".idx", .. validates ? new[] { validation + ".bin", validation + ".idx" } : [], tokenizer],
            // What may change without changing the result is left out: a resumed run may be told other things about the machine.
            Settings = new JsonObject { ["model"] = ConfigWriter.ToJson(model), ["training"] = JsonNode.Parse(options.ToJson()) },
            Seed = options.Seed,
            Command = command,
            Resumes = true,
            Run = context => Run(model, options, train, validates ? validation : null, tokenizer, context),
        };
    }

    private static void Run(ModelSettings model, TrainingOptions options, string train, string? validation, string tokenizerPath, StageContext context)
    {
        Tokenizer tokenizer = Tokenizer.Load(tokenizerPath);
        using PackedDataset samples = Open(train, options, options.Steps * options.BatchSize, "train_0", context);
        using PackedDataset? held = validation is null ? null : Open(validation, options, (long)options.ValidationBatches * options.BatchSize, "valid_0", context);
        Trainer.Run(
            new TrainingJob(model.Name, model.Configure(tokenizer.VocabularySize, options.SequenceLength, tokenizer.EndOfTextId), options, samples, context.Folder)
            {
                Initialization = model.WeightInit,
                TokenizerPath = tokenizerPath,
                Validation = held,
            },
            context.Progress, context.Cancellation);
    }

    private static PackedDataset Open(string prefix, TrainingOptions options, long samples, string name, StageContext context) => PackedDataset.Open(
        prefix, new SampleOrderOptions { SequenceLength = options.SequenceLength, Samples = samples, Seed = checked((uint)options.Seed), Name = name },
        null, context.Progress, context.Cancellation);
}
