using Castalia.Evaluation;
using Castalia.Models;
using Castalia.Recipes.Stages.Kinds;
using Castalia.Text.Jinja.Python;

namespace Castalia.Recipes;

/// <summary>Models of the evaluation harness by the names that its command line knows them by.</summary>
public static class LanguageModels
{
    private static readonly string[] Ours = ["hf", "huggingface", "hf-auto"];

    /// <summary>The names there are.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["hf", CompletionsLanguageModel.ModelName, ChatCompletionsLanguageModel.ModelName, Sha256LanguageModel.ModelName, DummyLanguageModel.ModelName];

    /// <summary>Opens a model.</summary>
    /// <param name="name">One of <see cref="Names"/>, or a model's folder.</param>
    /// <param name="arguments">Which model it is, by the harness's names: <c>pretrained</c>, <c>dtype</c>, <c>base_url</c> and so on.</param>
    /// <exception cref="InputException">There is no such name, an argument is unknown or wrong, or the model cannot be read.</exception>
    public static OpenModel Open(string name, IReadOnlyDictionary<string, object?> arguments)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(arguments);
        if (!Names.Contains(name) && !Ours.Contains(name) && Directory.Exists(name))
        {
            if (arguments.ContainsKey("pretrained"))
                throw new InputException("--model", name, "the model is named twice, as a folder and by pretrained=.", "Write --model hf --model_args pretrained=FOLDER.");
            return Open("hf", new OrderedDictionary<string, object?>(arguments.Prepend(new("pretrained", name)), StringComparer.Ordinal));
        }
        if (Ours.Contains(name))
            return OpenFolder(new ModelArguments(arguments), arguments);
        switch (name)
        {
            case Sha256LanguageModel.ModelName:
                Only(name, arguments, "responses", "pretrained");
                return new OpenModel(new Sha256LanguageModel(arguments.GetValueOrDefault("responses") is { } file ? PythonText.Str(file) : null), name, arguments);
            case DummyLanguageModel.ModelName:
                Only(name, arguments, "seed", "pretrained");
                return new OpenModel(new DummyLanguageModel(arguments.GetValueOrDefault("seed") is long seed ? seed : 0), name, arguments);
            case CompletionsLanguageModel.ModelName:
                return new OpenModel(new CompletionsLanguageModel(HttpModelOptions.Parse(arguments)), name, arguments);
            case ChatCompletionsLanguageModel.ModelName:
                return new OpenModel(new ChatCompletionsLanguageModel(HttpModelOptions.Parse(arguments)), name, arguments);
            default:
                throw new InputException("--model", null, $"there is no kind of model '{name}', and no folder of that name.", NameSuggestion.Remedy(name, Names));
        }
    }

    private static OpenModel OpenFolder(ModelArguments read, IReadOnlyDictionary<string, object?> arguments)
    {
        IReadOnlyList<ModelCheckpoint> found = ModelCheckpoint.In(read.Pretrained, read.Peft);
        if (found.Count > 1)
            throw new InputException("--model_args", "pretrained", $"{read.Pretrained} holds {found.Count} checkpoints.", "Name one of them, or score all: castalia eval --model FOLDER --output SCORES.");
        Transformer transformer = found[0].LoadModel(read.Precision);
        try
        {
            LanguageModelOptions own = LanguageModelOptions.In(read.Pretrained, transformer.Config);
            LanguageModelOptions options = read.Options with { BeginToken = own.BeginToken, EndToken = own.EndToken, PadToken = own.PadToken, StopTokens = own.StopTokens, ChatTemplate = own.ChatTemplate };
            var model = new TransformerLanguageModel(transformer, found[0].LoadTokenizer(), read.Name, options);
            return new OpenModel(model, "hf", arguments, transformer);
        }
        catch
        {
            transformer.Dispose();
            throw;
        }
    }

    private static void Only(string name, IReadOnlyDictionary<string, object?> arguments, params string[] known)
    {
        // What the command line adds for models that are asked in batches.
        if (arguments.Keys.FirstOrDefault(key => !known.Contains(key) && key is not ("batch_size" or "max_batch_size" or "device")) is { } unknown)
            throw new InputException("--model_args", unknown, $"the model '{name}' has no such argument.", NameSuggestion.Remedy(unknown, known));
    }
}

/// <summary>A model that is ready to be asked.</summary>
/// <param name="Model">The model.</param>
/// <param name="Kind">Its kind, as the harness names it.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Held">What is let go of with it; null for nothing.</param>
public sealed record OpenModel(ILanguageModel Model, string Kind, IReadOnlyDictionary<string, object?> Arguments, IDisposable? Held = null) : IDisposable
{
    /// <summary>Everything on which its answers hang, as a hash. Every byte of the folders and files that its arguments name is read.</summary>
    /// <param name="progress">Told the bytes read.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public string Identity(IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        ModelIdentity.Of(Kind, Arguments, Arguments.Values.OfType<string>().Where(Path.Exists), progress, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        (Model as IDisposable)?.Dispose();
        Held?.Dispose();
    }
}
