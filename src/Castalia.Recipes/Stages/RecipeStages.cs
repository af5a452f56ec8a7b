using Castalia.Recipes.Stages.Kinds;
using Castalia.Training;

namespace Castalia.Recipes.Stages;

/// <summary>The stages of a recipe: which files each reads and writes, and the command that does the same alone.</summary>
internal sealed class RecipeStages
{
    private readonly Recipe _recipe;
    private readonly string _run, _config;
    private readonly List<Stage> _stages = [];

    private RecipeStages(Recipe recipe, string run) => (_recipe, _run, _config) = (recipe, run, $"--config {Quote(Path.Combine(run, RecipeRun.RecipeFile))}");

    /// <summary>All stages, each behind those it reads from.</summary>
    public static IReadOnlyList<Stage> Of(Recipe recipe, string run)
    {
        var stages = new RecipeStages(recipe, run);
        string? documents = recipe.Data is null ? null : stages.In("data", "validation.jsonl.zst");
        stages.AddTraining();
        stages.AddFinetuning();
        string[] models = [.. recipe.Models.Select(model => model.Name), .. recipe.Finetune.Select(model => model.Name)];
        foreach (string model in models)
            stages.AddMeasurements(model, documents);
        stages.AddGenerations(models);
        stages.AddReport(models);
        return stages._stages;
    }

    private void AddTraining()
    {
        if (_recipe.Data is not { } data)
            return;
        string corpus = In("data"), tokenizer = In("tokenizer", "tokenizer.json"), tokens = In("tokens");
        _stages.Add(DataStage.Create(data, corpus, $"castalia data build {_config} --output {Quote(corpus)}"));
        _stages.Add(TokenizerStage.Create(_recipe.Tokenizer, [In("data", "train.jsonl.zst")], In("tokenizer"),
            $"castalia tokenizer train {_config} --input {Quote(In("data", "train.jsonl.zst"))} --output {Quote(In("tokenizer"))}"));
        _stages.Add(TokenizeStage.Create(_recipe.Tokenize, corpus, tokenizer, tokens,
            $"castalia tokenize {_config} --input {Quote(corpus)} --tokenizer {Quote(tokenizer)} --output {Quote(tokens)}"));
        foreach (ModelSettings model in _recipe.Models)
        {
            string folder = In("models", model.Name);
            _stages.Add(TrainStage.Create(model, _recipe.Training, tokens, tokenizer, folder,
                $"castalia train {_config} --model {Quote(model.Name)} --tokens {Quote(tokens)} --tokenizer {Quote(tokenizer)} --output {Quote(folder)}"));
        }
    }

    private void AddFinetuning()
    {
        foreach (FinetuneSettings model in _recipe.Finetune)
        {
            // The last checkpoint of a model of this recipe, or a model from outside.
            ModelSettings? own = _recipe.Models.FirstOrDefault(one => one.Name == model.StartFrom);
            string start = own is null ? model.StartFrom : In("models", own.Name, "checkpoints", RunFolder.NameOf(own.TrainingOf(_recipe.Training).Steps));
            string examples = In("examples", model.Name), folder = In("models", model.Name);
            string command = $"castalia finetune {_config} --name {Quote(model.Name)} --model {Quote(start)} --examples {Quote(examples)} --output {Quote(folder)}";
            _stages.Add(ExamplesStage.Create(model, start, examples, command));
            _stages.Add(FinetuneStage.Create(model, start, examples, folder, command));
        }
    }

    private void AddMeasurements(string model, string? documents)
    {
        string checkpoints = In("models", model, "checkpoints"), data = documents is null ? "" : $" --data {Quote(documents)}";
        if (documents is not null || _recipe.Evaluation.Tasks.Count > 0)
        {
            _stages.Add(EvalStage.Create(_recipe.Evaluation, model, checkpoints, documents, In("evaluation", model),
                $"castalia eval {_config} --model {Quote(checkpoints)}{data} --output {Quote(In("evaluation", model))}"));
        }
        if (documents is not null)
        {
            _stages.Add(LensStage.Create(_recipe.Lens, model, checkpoints, documents, In("lens", model),
                $"castalia lens {_config} --model {Quote(checkpoints)}{data} --output {Quote(In("lens", model))}"));
        }
    }

    private void AddGenerations(IReadOnlyList<string> models)
    {
        (string Name, string Folder)[] suite = [.. models.Select(model => (model, In("models", model, "checkpoints")))];
        _stages.Add(GenerateStage.Create(_recipe.Generate, suite, In("generations"),
            $"castalia generate {_config} {string.Join(' ', suite.Select(model => $"--model {Quote(model.Folder)}"))} --output {Quote(In("generations"))}"));
    }

    private void AddReport(IReadOnlyList<string> models)
    {
        string[] told =
        [
            .. _recipe.Data is null ? Array.Empty<string>() : [In("data", "corpus.json"), In("tokens", "tokens.json")],
            .. new[] { "eval", "lens" }.Where(kind => _stages.Any(stage => stage.Kind == kind)).Select(kind => In(kind == "eval" ? "evaluation" : kind)),
            In("generations"),
            .. models.Order(StringComparer.Ordinal).SelectMany(model => new[] { In("models", model, "metrics.jsonl"), In("models", model, "training.json") }),
        ];
        _stages.Add(ReportStage.Create(_run, told, $"castalia report {Quote(_run)}"));
    }

    private string In(params string[] parts) => Path.Combine([_run, .. parts]);

    /// <summary>A word as a shell takes it.</summary>
    private static string Quote(string word) =>
        word.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '_' or '-' or '=' or ':' or '\\') ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
