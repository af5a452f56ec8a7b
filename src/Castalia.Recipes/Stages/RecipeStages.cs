using Castalia.Recipes.Stages.Kinds;

namespace Castalia.Recipes.Stages;

/// <summary>The stages of a recipe: which files each reads and writes, and the command that does the same alone.</summary>
internal static class RecipeStages
{
    /// <summary>All stages, each behind those it reads from.</summary>
    public static IReadOnlyList<Stage> Of(Recipe recipe, string run)
    {
        string In(params string[] parts) => Path.Combine([run, .. parts]);
        string config = $"--config {Quote(In(RecipeRun.RecipeFile))}";
        string corpus = In("data"), tokenizer = In("tokenizer", "tokenizer.json"), tokens = In("tokens");

        var stages = new List<Stage>
        {
            DataStage.Create(recipe.Data, corpus, $"castalia data build {config} --output {Quote(corpus)}"),
            TokenizerStage.Create(recipe.Tokenizer, [In("data", "train.jsonl.zst")], In("tokenizer"),
                $"castalia tokenizer train {config} --input {Quote(In("data", "train.jsonl.zst"))} --output {Quote(In("tokenizer"))}"),
            TokenizeStage.Create(recipe.Tokenize, corpus, tokenizer, tokens,
                $"castalia tokenize {config} --input {Quote(corpus)} --tokenizer {Quote(tokenizer)} --output {Quote(tokens)}"),
        };
        foreach (ModelSettings model in recipe.Models)
        {
            string folder = In("models", model.Name);
            stages.Add(TrainStage.Create(model, recipe.Training, tokens, tokenizer, folder,
                $"castalia train {config} --model {Quote(model.Name)} --tokens {Quote(tokens)} --tokenizer {Quote(tokenizer)} --output {Quote(folder)}"));
        }
        foreach (ModelSettings model in recipe.Models)
        {
            string checkpoints = In("models", model.Name, "checkpoints");
            stages.Add(EvalStage.Create(recipe.Evaluation, model.Name, checkpoints, In("data", "validation.jsonl.zst"), In("evaluation", model.Name),
                $"castalia eval {config} --model {Quote(checkpoints)} --data {Quote(In("data", "validation.jsonl.zst"))} --output {Quote(In("evaluation", model.Name))}"));
            stages.Add(LensStage.Create(recipe.Lens, model.Name, checkpoints, In("data", "validation.jsonl.zst"), In("lens", model.Name),
                $"castalia lens {config} --model {Quote(checkpoints)} --data {Quote(In("data", "validation.jsonl.zst"))} --output {Quote(In("lens", model.Name))}"));
        }
        (string Name, string Folder)[] suite = [.. recipe.Models.Select(model => (model.Name, In("models", model.Name, "checkpoints")))];
        stages.Add(GenerateStage.Create(recipe.Generate, suite, In("generations"),
            $"castalia generate {config} {string.Join(' ', suite.Select(model => $"--model {Quote(model.Folder)}"))} --output {Quote(In("generations"))}"));
        string[] told =
        [
            In("data", "corpus.json"), In("tokens", "tokens.json"), In("evaluation"), In("lens"), In("generations"),
            .. recipe.Models.OrderBy(model => model.Name, StringComparer.Ordinal).SelectMany(model => new[] { In("models", model.Name, "metrics.jsonl"), In("models", model.Name, "training.json") }),
        ];
        stages.Add(ReportStage.Create(run, told, $"castalia report {Quote(run)}"));
        return stages;
    }

    /// <summary>A word as a shell takes it.</summary>
    private static string Quote(string word) =>
        word.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '_' or '-' or '=' or ':' or '\\') ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
