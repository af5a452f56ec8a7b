using System.Globalization;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Turns the arguments of a command line and of a file into <see cref="RunArguments"/>.</summary>
internal sealed class RunArgumentsReader
{
    private const int MaxSamplesBytes = 64 * 1024 * 1024;

    private static readonly string[] Known =
    [
        "model", "model_args", "tasks", "num_fewshot", "limit", "samples", "batch_size", "max_batch_size", "device", "use_cache", "cache_requests", "check_integrity",
        "gen_kwargs", "output_path", "log_samples", "predict_only", "apply_chat_template", "fewshot_as_multiturn", "system_instruction", "include_path", "seed", "metadata",
        "write_out", "show_config", "verbosity", "trust_remote_code", "confirm_run_unsafe_code", "wandb_args", "wandb_config_args", "trackio_args", "hf_hub_log_args",
        "datasets", "stand_ins", "bootstrap_iters", "config",
    ];

    private readonly Dictionary<string, (object? Value, string Source)> _values = new(StringComparer.Ordinal);
    private readonly List<string> _notes = [];

    public RunArgumentsReader(string? config, Row given)
    {
        if (config is not null)
        {
            foreach ((string key, YamlEntry entry) in YamlFile.Read(config))
            {
                if (!Known.Contains(key))
                    throw new InputException(config, $"line {entry.Line}, {key}", "there is no such argument.", NameSuggestion.Remedy(key, Known));
                _values[key] = (entry.Value, config);
            }
        }
        foreach ((string key, object? value) in given)
            _values[key] = (value, "--" + key);
    }

    public RunArguments Read()
    {
        Ignored();
        var defaults = new RunArguments();
        Row model = Pairs("model_args") ?? defaults.ModelArguments;
        (bool chat, string? template) = Chat();
        bool? multiturn = Truth("fewshot_as_multiturn");
        if (multiturn == true && !chat)
            throw Wrong("fewshot_as_multiturn", "examples are turns of a conversation only with a chat template.", "Add --apply_chat_template.");
        var read = defaults with
        {
            Model = Text("model") ?? defaults.Model,
            ModelArguments = model,
            Tasks = [.. Texts("tasks").SelectMany(task => task.Split(',')).Select(task => task.Trim()).Where(task => task.Length > 0)],
            NumFewshot = Number("num_fewshot", 0, 10_000),
            Limit = Limit(),
            Samples = Samples(),
            BatchSize = BatchSize() ?? defaults.BatchSize,
            MaxBatchSize = Number("max_batch_size", 1, int.MaxValue),
            Device = Text("device"),
            UseCache = Text("use_cache"),
            GenerationArguments = Pairs("gen_kwargs"),
            OutputPath = Text("output_path"),
            PredictOnly = Truth("predict_only") ?? false,
            ApplyChatTemplate = chat,
            ChatTemplate = template,
            FewshotAsMultiturn = multiturn ?? chat,
            SystemInstruction = Text("system_instruction"),
            IncludePaths = [.. Texts("include_path").SelectMany(path => path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))],
            Seeds = Seeds() ?? defaults.Seeds,
            Metadata = Laid(RunArguments.Shown(model), Pairs("metadata")),
            WriteOut = Truth("write_out") ?? false,
            ShowConfig = Truth("show_config") ?? false,
            Verbosity = Text("verbosity")?.ToUpperInvariant(),
            Datasets = Texts("datasets"),
            StandIns = Truth("stand_ins") ?? false,
            BootstrapIterations = Number("bootstrap_iters", 0, 10_000_000) ?? defaults.BootstrapIterations,
            Notes = _notes,
        };
        read = read with { LogSamples = (Truth("log_samples") ?? false) || read.PredictOnly };
        if (read.LogSamples && read.OutputPath is null)
            throw Wrong(read.PredictOnly ? "predict_only" : "log_samples", "there is no place to write documents to.", "Add --output_path FOLDER.");
        if (read.Samples is not null && read.Limit is not null)
            throw Wrong("samples", "documents are chosen either by a limit or by their numbers.", "Take --limit or --samples away.");
        return read.Tasks.Count > 0 ? read
            : throw Wrong("tasks", "no task is named.", "Name tasks with --tasks; 'castalia eval ls tasks' lists them.");
    }

    /// <summary>What the harness has and this has no use for: said, so that nobody waits for it.</summary>
    private void Ignored()
    {
        foreach (string key in new[] { "wandb_args", "wandb_config_args", "trackio_args", "hf_hub_log_args" })
        {
            if (Value(key) is not null and not Row { Count: 0 })
                _notes.Add($"--{key} is left aside: results are written to files and nowhere else.");
        }
        if (Truth("trust_remote_code") == true)
            _notes.Add("--trust_remote_code is left aside: no code of models or data sets is run.");
        if (Truth("confirm_run_unsafe_code") == true)
            _notes.Add("--confirm_run_unsafe_code is left aside: code that models write is not run.");
        if (Value("cache_requests") is { } cache and not false)
        {
            if (cache is not (true or "true" or "refresh" or "delete"))
                throw Wrong("cache_requests", $"expected true, refresh or delete, found {PythonText.Repr(cache)}.", "Give one of them.");
            _notes.Add("--cache_requests is left aside: prompts are built anew for every run, in seconds. --use_cache keeps answers.");
        }
        if (Truth("check_integrity") == true)
            _notes.Add("--check_integrity: every task is checked before it is run in any case; 'castalia eval validate' checks without a run.");
        if (Text("device") is { } device && device != "cpu")
            _notes.Add($"--device {device} is left aside: models are computed on the processor.");
    }

    private object? Value(string key) => _values.TryGetValue(key, out (object? Value, string) entry) ? entry.Value : null;

    private InputException Wrong(string key, string problem, string remedy) =>
        _values.TryGetValue(key, out (object? Value, string Source) entry) && !entry.Source.StartsWith("--", StringComparison.Ordinal)
            ? new InputException(entry.Source, key, problem, remedy) : new InputException("--" + key, null, problem, remedy);

    private string? Text(string key) => Value(key) switch
    {
        null => null,
        string text => text.Length > 0 ? text : null,
        long or double => PythonText.Str(Value(key)),
        var other => throw Wrong(key, $"expected text, found {PythonText.Repr(other)}.", "Write text."),
    };

    private string[] Texts(string key) => Value(key) switch
    {
        null => [],
        IReadOnlyList<object?> list => [.. list.Select(item => item as string ?? throw Wrong(key, $"expected names, found {PythonText.Repr(item)}.", "Write names."))],
        string text => [text],
        var other => throw Wrong(key, $"expected names, found {PythonText.Repr(other)}.", "Write names."),
    };

    private bool? Truth(string key) => Value(key) switch
    {
        null => null,
        bool truth => truth,
        string text when text.ToLowerInvariant() is "true" or "1" or "yes" => true,
        string text when text.ToLowerInvariant() is "false" or "0" or "no" => false,
        long number and (0 or 1) => number == 1,
        var other => throw Wrong(key, $"expected true or false, found {PythonText.Repr(other)}.", "Write true or false."),
    };

    private int? Number(string key, int least, int most)
    {
        object? value = Value(key);
        if (value is null)
            return null;
        long? number = value is long whole ? whole : value is string text && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long parsed) ? parsed : null;
        return number >= least && number <= most ? (int)number
            : throw Wrong(key, string.Create(CultureInfo.InvariantCulture, $"expected a whole number from {least} to {most}, found {PythonText.Repr(value)}."), "Write one.");
    }

    private double? Limit()
    {
        object? value = Value("limit") is string text ? ArgumentText.Value(text) : Value("limit");
        double? limit = value switch { null => null, long number => number, double number => number, _ => double.NaN };
        // The harness's own way of saying that there is none.
        if (limit is 0)
            return null;
        return limit is null or > 0 and < double.PositiveInfinity ? limit
            : throw Wrong("limit", $"expected a number above 0, found {PythonText.Repr(Value("limit"))}.", "Give a number of documents, or a fraction below 1.");
    }

    private string? BatchSize()
    {
        string? size = Text("batch_size");
        string count = size is not null && size.StartsWith("auto:", StringComparison.Ordinal) ? size[5..] : size ?? "auto";
        return size is null or "auto" || (double.TryParse(count, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number > 0) ? size
            : throw Wrong("batch_size", $"expected a number, auto or auto:N, found '{size}'.", "Give one of them; results do not hang on it.");
    }

    private (bool, string?) Chat() => Value("apply_chat_template") switch
    {
        null or false => (false, null),
        true => (true, null),
        string text when text.ToLowerInvariant() is "true" => (true, null),
        string text when text.ToLowerInvariant() is "false" => (false, null),
        string text => (true, text),
        var other => throw Wrong("apply_chat_template", $"expected true, false or a template's name, found {PythonText.Repr(other)}.", "Write one of them."),
    };

    private Row? Pairs(string key) => Value(key) switch
    {
        null => null,
        Row row => row,
        string text => ArgumentText.Pairs(text, "--" + key),
        IReadOnlyList<object?> list when list.All(item => item is string) => ArgumentText.Merge([.. list.Cast<string>()], "--" + key),
        var other => throw Wrong(key, $"expected keys and values, found {PythonText.Repr(other)}.", "Write key=value pairs."),
    };

    private static OrderedDictionary<string, object?> Laid(Row under, Row? over)
    {
        var laid = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach ((string key, object? value) in under.Concat(over ?? new Dictionary<string, object?>()))
            laid[key] = value;
        return laid;
    }

    private long?[]? Seeds()
    {
        object? value = Value("seed");
        object?[]? parts = value switch
        {
            null => null,
            string text => [.. text.Split(',').Select(part => ArgumentText.Value(part.Trim()))],
            IReadOnlyList<object?> list => [.. list],
            _ => [value],
        };
        if (parts is null)
            return null;
        if (parts.Length is not (1 or 3 or 4) || parts.Any(part => part is not (null or long)))
            throw Wrong("seed", $"expected one number for all or four with commas between them, found {PythonText.Repr(value)}.", "Write 42, or 0,1234,1234,1234; None leaves one out.");
        long?[] seeds = [.. parts.Select(part => (long?)part)];
        return seeds.Length switch { 1 => [seeds[0], seeds[0], seeds[0], seeds[0]], 3 => [.. seeds, 1234], _ => seeds };
    }

    private Dictionary<string, IReadOnlyList<int>>? Samples()
    {
        Row? row = Value("samples") switch
        {
            null => null,
            Row given => given,
            string text when text.AsSpan().TrimStart() is ['{', ..] => ArgumentText.Json(text, "--samples"),
            string path => ArgumentText.Json(InputFile.ReadAllText(path, MaxSamplesBytes), path),
            var other => throw Wrong("samples", $"expected tasks with numbers of documents, found {PythonText.Repr(other)}.", """Write {"task": [0, 1, 2]}, or name a file with it."""),
        };
        return row?.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<int>)(pair.Value is IReadOnlyList<object?> list && list.All(item => item is >= 0L and <= int.MaxValue)
            ? [.. list.Select(item => (int)(long)item!)]
            : throw Wrong("samples", $"'{pair.Key}': expected numbers of documents, found {PythonText.Repr(pair.Value)}.", """Write {"task": [0, 1, 2]}.""")), StringComparer.Ordinal);
    }
}
