using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Castalia.Evaluation;

/// <summary>What a results file says of the run beside its numbers. What depends on the clock or the machine is left out unless the date is given.</summary>
public sealed record RunDescription
{
    /// <summary>How the model was named on the command line: a kind such as <c>hf</c>.</summary>
    public string ModelKind { get; init; } = "castalia";

    /// <summary>The model's arguments: keys and values.</summary>
    public IReadOnlyDictionary<string, object?> ModelArguments { get; init; } = new Dictionary<string, object?>();

    /// <summary>What is known of the model beside its name.</summary>
    public ModelDescription Model { get; init; } = new();

    /// <summary>The size of batches as it was asked for; null where nothing was said.</summary>
    public string? BatchSize { get; init; }

    /// <summary>The file that answers are kept in; null for none.</summary>
    public string? UseCache { get; init; }

    /// <summary>Seeds of Python's, numpy's and torch's generators, as given; null where nothing is said of them.</summary>
    public IReadOnlyList<long?>? Seeds { get; init; }

    /// <summary>What tasks were told beside; null for nothing.</summary>
    public IReadOnlyDictionary<string, object?>? Metadata { get; init; }

    /// <summary>When the run began.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>How long it took, in seconds.</summary>
    public double? Seconds { get; init; }

    /// <summary>The name in results: what the arguments call it, an adapter before its model, as in the harness.</summary>
    /// <param name="model">The model's own name.</param>
    public string NameOf(string model) =>
        new[] { "peft", "delta", "pretrained", "model", "path", "engine" }.Select(key => ModelArguments.GetValueOrDefault(key)).OfType<string>().FirstOrDefault() ?? model;

    internal OrderedDictionary<string, object?> Configuration(EvaluationOptions options)
    {
        var config = new OrderedDictionary<string, object?>
        {
            ["model"] = ModelKind,
            ["model_args"] = ModelArguments,
        };
        if (BatchSize is not null)
        {
            config["batch_size"] = BatchSize;
            config["batch_sizes"] = Model.BatchSizes.Select(size => (object?)(long)size).ToList();
            config["device"] = Model.Device;
            config["use_cache"] = UseCache;
        }
        config["limit"] = options.Limit;
        config["bootstrap_iters"] = (long)options.BootstrapIterations;
        if (BatchSize is not null)
            config["gen_kwargs"] = options.GenerationArguments;
        if (Seeds is { Count: >= 3 })
        {
            config["random_seed"] = Seeds[0];
            config["numpy_seed"] = Seeds[1];
            config["torch_seed"] = Seeds[2];
        }
        config["fewshot_seed"] = options.FewshotSeed;
        return config;
    }

    /// <summary>What stands at the end of a results file: prompts, model, tokens, machine and time.</summary>
    internal IEnumerable<KeyValuePair<string, object?>> Surroundings(EvaluationOptions options)
    {
        if (BatchSize is not null)
        {
            yield return new("system_instruction", options.SystemInstruction);
            yield return new("system_instruction_sha", Sha(options.SystemInstruction));
            yield return new("fewshot_as_multiturn", options.Chat is not null && options.FewshotAsMultiturn);
            yield return new("chat_template", options.Chat?.Template);
            yield return new("chat_template_sha", Sha(options.Chat?.Template));
            yield return new("tokenizer_pad_token", Token(Model.Pad));
            yield return new("tokenizer_eos_token", Token(Model.End));
            yield return new("tokenizer_bos_token", Token(Model.Begin));
            yield return new("eot_token_id", (long?)Model.EndOfTextId);
            yield return new("max_length", (long?)Model.MaxLength);
        }
        if (Date is { } date)
        {
            yield return new("git_hash", null);
            yield return new("date", date.ToUnixTimeMilliseconds() / 1000.0);
            yield return new("pretty_env_info", string.Create(CultureInfo.InvariantCulture,
                $"OS: {RuntimeInformation.OSDescription}\nRuntime: {RuntimeInformation.FrameworkDescription}\nArchitecture: {RuntimeInformation.ProcessArchitecture}\nProcessors: {Environment.ProcessorCount}"));
            yield return new("transformers_version", null);
            yield return new("lm_eval_version", null);
            yield return new("castalia_version", typeof(RunDescription).Assembly.GetName().Version?.ToString(3));
            yield return new("upper_git_hash", null);
        }
        if (Seconds is { } seconds)
            yield return new("total_evaluation_time_seconds", seconds.ToString("R", CultureInfo.InvariantCulture));
    }

    private static string? Sha(string? text) => string.IsNullOrEmpty(text) ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static List<object?>? Token((string Text, int Id)? token) =>
        token is { } known ? [known.Text, known.Id.ToString(CultureInfo.InvariantCulture)] : null;
}
