using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Cli.Verbs.Evaluation;
using Castalia.Recipes;
using Castalia.Recipes.Configuration;
using Castalia.Recipes.Stages.Kinds;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia eval</c>: a model scored as lm-evaluation-harness scores it, or every checkpoint of a run.</summary>
internal static class EvalVerb
{
    public static Command Create()
    {
        Command command = Runner("eval", "Score a model on tasks in lm-evaluation-harness's YAML, with its options and its numbers.");
        command.Add(Runner("run", "Score a model; the same as without this word."));
        command.Add(EvalListVerb.Create());
        command.Add(EvalValidateVerb.Create());
        command.Add(EvalDiffVerb.Create());
        command.Add(EvalCompareVerb.Create());
        command.Add(EvalViewVerb.Create());
        command.Add(EvalContaminationVerb.Create());
        return command;
    }

    private static Command Runner(string name, string description)
    {
        var checkpoints = new Option<string?>("--output")
        {
            Description = "Score a model's folder, or every checkpoint in it, into this folder: results.json and bits_per_byte.json of each; what is there is not done again.",
            HelpName = "folder",
        };
        var data = new Option<string?>("--data", "-d") { Description = "With --output: documents for bits per byte of each component (.jsonl, .jsonl.zst, .jsonl.gz)." };
        var adapter = new Option<string?>("--adapter") { Description = SharedOptions.Adapter.Description, HelpName = "folder" };
        var force = new Option<bool>("--force") { Description = "With --output: " + SharedOptions.Force.Description };
        var command = new Command(name, description);
        var arguments = new EvalOptions(command);
        foreach (Option option in new Option[] { checkpoints, data, adapter, force })
            command.Add(option);
        var options = new SectionOptions<EvaluationSettings>(command, "evaluation", "tasks", "limit", "num_fewshot", "log_samples");
        command.SetAction((parsed, cancellation) =>
        {
            if (parsed.GetValue(checkpoints) is { } folder)
                return StageDisplay.RunAsync(Stage(parsed, folder), parsed.GetValue(force), cancellation);
            if (parsed.GetValue(data) is not null || parsed.GetValue(force))
                throw new InputException(parsed.GetValue(force) ? "--force" : "--data", null, "it goes with --output alone.", "Add --output FOLDER, or take it away.");
            return EvalRun.RunAsync(arguments.Read(parsed, parsed.GetValue(adapter)), cancellation);
        });
        return Examples.Attach(command,
            ("a model on two tasks", "castalia eval --model hf --model_args pretrained=pythia-160m --tasks lambada_openai,arc_easy --output_path results"),
            ("a chat model, with examples, a hundred documents of each task", "castalia eval -M SmolLM2-360M-Instruct -t gsm8k -f 5 --apply_chat_template -L 100 -o results -s"),
            ("a server", "castalia eval --model local-completions --model_args base_url=http://127.0.0.1:8080/v1/completions,model=pythia-160m,tokenizer=pythia-160m,num_concurrent=8 --tasks piqa"),
            ("every checkpoint of a model, with bits per byte", "castalia eval --model runs/mini-pythia/models/pythia-small/checkpoints --data runs/mini-pythia/data/validation.jsonl.zst --output scores"));

        Castalia.Recipes.Stages.Stage Stage(ParseResult parsed, string output)
        {
            string? config = parsed.GetValue(arguments.Config);
            string model = parsed.GetValue(arguments.Model) ?? throw new InputException("--model", null, "no model is named.", "Give --model FOLDER.");
            EvaluationSettings settings = options.Read(parsed, config, null, [.. Given(parsed, arguments)]);
            if (config is not null && settings.TaskFolder is { } tasks && !File.Exists(tasks) && !Directory.Exists(tasks))
                settings = settings with { TaskFolder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(config))!, tasks) };
            return EvalStage.Create(settings, ModelName.Of(model), model, parsed.GetValue(data), output, CommandLineText.Of(parsed), parsed.GetValue(adapter));
        }
    }

    /// <summary>What the two forms of the verb share, as keys of a recipe's section.</summary>
    private static IEnumerable<(string, ConfigNode)> Given(ParseResult parsed, EvalOptions arguments)
    {
        if (parsed.GetValue(arguments.Tasks) is { Length: > 0 } tasks)
            yield return ("tasks", new ConfigList(ConfigOverride.Origin, 1, [.. tasks.SelectMany(task => task.Split(',', StringSplitOptions.RemoveEmptyEntries)).Select(Scalar)]));
        if (parsed.GetValue(arguments.Limit) is { } limit)
            yield return ("limit", Scalar(limit));
        if (parsed.GetValue(arguments.NumFewshot) is { } shots)
            yield return ("num_fewshot", Scalar(shots));
        if (parsed.GetValue(arguments.LogSamples))
            yield return ("log_samples", Scalar("true"));

        static ConfigNode Scalar(string text) => new ConfigScalar(ConfigOverride.Origin, 1, text);
    }
}
