using System.CommandLine;
using Castalia.Evaluation;

namespace Castalia.Cli.Verbs.Evaluation;

/// <summary>The options of lm-evaluation-harness's command line, by its names and short forms, and a few of our own.</summary>
internal sealed class EvalOptions
{
    private readonly List<(string Key, Option Option, Func<ParseResult, object?> Value)> _all = [];
    private readonly Command _command;

    public EvalOptions(Command command)
    {
        _command = command;
        Config = new Option<string?>("--config", "-C") { Description = "A YAML file of these arguments, by their names without dashes; what is given here goes before it. With --output: a recipe.", HelpName = "path" };
        command.Add(Config);
        Tasks = Many("tasks", "Tasks, groups, tags, patterns such as 'mmlu_*', task files (.yaml) and folders of them, with spaces or commas between.", "task", "-t");
        Model = One("model", $"The kind of model ({string.Join(", ", Recipes.LanguageModels.Names)}), or a model's folder. [default: hf]", "model", "-M", "-m");
        Pairs("model_args", "Which model it is and how it computes, key=value: pretrained=FOLDER, dtype=bf16, peft=FOLDER, max_length=2048; a server's base_url=..., model=...", "-a");
        Maybe("apply_chat_template", "Write prompts as the model wants messages; with a name, by that one of its templates.", "template");
        Limit = One("limit", "Documents of each task: a number, or a fraction below 1. For tries, not for numbers that are published.", "n", "-L");
        One("use_cache", "A file that answers are kept in: a run that was stopped goes on where it was, and nothing is asked twice.", "path", "-c");
        NumFewshot = One("num_fewshot", "Examples before each question, where a task does not fix their number at 0.", "n", "-f", "--num-fewshot");
        One("batch_size", "Requests in a batch: a number, auto or auto:N. Numbers do not hang on it.", "size", "-b");
        One("max_batch_size", "Most requests in a batch of automatic size.", "n");
        One("device", "What to compute on; here the processor.", "device");
        Pairs("gen_kwargs", "Laid over each task's generation_kwargs: temperature=0.8 do_sample=true until=[\"\\n\"].");
        One("output_path", "Write PATH/MODEL/results_TIME.json, or, for a name that ends in .json, NAME_TIME.json.", "path", "-o");
        LogSamples = Flag("log_samples", "Write every document with requests and answers, samples_TASK_TIME.jsonl beside the results.", "-s", "--log-samples");
        One("samples", "Documents by task instead of a limit, as JSON or a file of it: {\"arc_easy\": [0, 5, 7]}.", "json", "-E");
        Maybe("cache_requests", "Known for the harness's sake; prompts are built anew for every run.", "true|refresh|delete");
        Flag("check_integrity", "Known for the harness's sake; tasks are checked before they are run.");
        One("system_instruction", "A text that stands before each task's description.", "text");
        Maybe("fewshot_as_multiturn", "Whether each example is a turn of the conversation; with a chat template it is unless 'false' is given.", "bool");
        Many("include_path", "A folder of task files beside those that come with the program; its names go before theirs.", "folder");
        One("verbosity", "How much is said: DEBUG, INFO, WARNING, ERROR.", "level", "-v");
        Flag("write_out", "Show the first document's prompt of each task.", "-w");
        Flag("show_config", "Show the whole results file at the end.");
        foreach (string key in new[] { "wandb_args", "wandb_config_args", "trackio_args", "hf_hub_log_args" })
            Pairs(key, "Known for the harness's sake; results are written to files alone.").Hidden = true;
        Flag("predict_only", "Collect answers without scoring them; with --output_path they are written.", "-x");
        One("seed", "Seeds of Python's, numpy's and torch's generators and of the choice of examples: one for all, or four with commas; None leaves one out. [default: 0,1234,1234,1234]", "n,n,n,n");
        Flag("trust_remote_code", "Known for the harness's sake; no code of models or data sets is run.");
        Flag("confirm_run_unsafe_code", "Known for the harness's sake; code that models write is not run.");
        Pairs("metadata", "What tasks are told beside, key=value or JSON; laid over the model's arguments.");
        Many("datasets", "A folder in which data sets are looked for; may be given several times.", "folder");
        Flag("stand_ins", "Take the split that a folder of data sets names in place of one that it lacks. Numbers are then not the harness's.");
        One("bootstrap_iters", "Resamplings behind those standard errors that have no closed form; 0 for none. [default: 100000]", "n");
    }

    public Option<string?> Config { get; }

    public Option<string[]> Tasks { get; }

    public Option<string?> Model { get; }

    public Option<string?> Limit { get; }

    public Option<string?> NumFewshot { get; }

    public Option<bool> LogSamples { get; }

    /// <summary>The arguments as the command line and the file under <c>--config</c> give them.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="adapter">An adapter's folder to be laid over the model; null for none.</param>
    public RunArguments Read(ParseResult parsed, string? adapter)
    {
        var given = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach ((string key, Option option, Func<ParseResult, object?> value) in _all)
        {
            if (parsed.GetResult(option) is { Implicit: false })
                given[key] = value(parsed);
        }
        RunArguments arguments = RunArguments.Read(parsed.GetValue(Config), given);
        return adapter is null ? arguments
            : arguments with { ModelArguments = new OrderedDictionary<string, object?>(arguments.ModelArguments.Append(new("peft", adapter)), StringComparer.Ordinal) };
    }

    private Option<string?> One(string key, string description, string takes, params string[] aliases) =>
        Add(new Option<string?>("--" + key, aliases), key, description, takes, (parsed, option) => parsed.GetValue(option));

    private Option<string?> Maybe(string key, string description, string takes) =>
        Add(new Option<string?>("--" + key) { Arity = ArgumentArity.ZeroOrOne }, key, description, takes, (parsed, option) => parsed.GetValue(option) ?? (object)true);

    private Option<bool> Flag(string key, string description, params string[] aliases) =>
        Add(new Option<bool>("--" + key, aliases), key, description, null, (parsed, option) => parsed.GetValue(option));

    private Option<string[]> Many(string key, string description, string takes, params string[] aliases) =>
        Add(new Option<string[]>("--" + key, aliases) { AllowMultipleArgumentsPerToken = true, Arity = ArgumentArity.OneOrMore }, key, description, takes,
            (parsed, option) => Array.ConvertAll(parsed.GetValue(option) ?? [], value => (object?)value));

    private Option<string[]> Pairs(string key, string description, params string[] aliases) =>
        Add(new Option<string[]>("--" + key, aliases) { AllowMultipleArgumentsPerToken = true, Arity = ArgumentArity.OneOrMore }, key, description, "key=value",
            (parsed, option) => ArgumentText.Merge(parsed.GetValue(option) ?? [], "--" + key));

    private T Add<T>(T option, string key, string description, string? takes, Func<ParseResult, T, object?> value)
        where T : Option
    {
        option.Description = description;
        option.HelpName = takes;
        _all.Add((key, option, parsed => value(parsed, option)));
        _command.Add(option);
        return option;
    }
}
