namespace Castalia.Evaluation;

/// <summary>Turns the keys of a task's YAML into a <see cref="TaskConfig"/>, or says which key is wrong and how.</summary>
internal static class TaskConfigReader
{
    public static TaskConfig Read(string file, string name, IReadOnlyDictionary<string, YamlEntry> entries)
    {
        var section = new YamlSection(file, $"task '{name}'", entries);
        section.Raw("task");
        OutputType type = OutputTypeOf(section);
        section.Refuse("custom_dataset", "class", "process_docs", "process_results", "doc_to_image", "doc_to_audio", "unsafe_code", "use_prompt",
            "generation_kwargs", "filter_list", "gen_prefix", "doc_to_decontamination_query", "should_decontaminate");
        if (section.Integer("repeats") is { } repeats and not 1)
            throw section.Error("repeats", $"{repeats} repeats are not supported here.",
                "Log-likelihoods are the same each time; take the key out.");
        object? choice = section.Raw("doc_to_choice");
        TaskConfig config = new()
        {
            Task = name,
            Alias = section.Text("task_alias") ?? name,
            File = file,
            Tags = section.Texts("tag"),
            DataFiles = DataFiles(section),
            TrainingSplit = section.Text("training_split"),
            ValidationSplit = section.Text("validation_split"),
            TestSplit = section.Text("test_split"),
            OutputType = type,
            DocToText = TextOrColumn(section, "doc_to_text") ?? "",
            DocToTarget = Target(section),
            DocToChoice = choice is null ? null : Choices(section, choice),
            Description = section.Text("description") ?? "",
            TargetDelimiter = section.Text("target_delimiter") ?? " ",
            FewshotDelimiter = section.Text("fewshot_delimiter") ?? "\n\n",
            Fewshot = Fewshot(section),
            NumFewshot = (int?)section.Integer("num_fewshot"),
            Metrics = Metrics(section, type),
            Version = section.Mapping("metadata") is { } metadata && metadata.TryGetValue("version", out object? version) ? version : null,
            Source = entries.ToDictionary(pair => pair.Key, pair => pair.Value.Value, StringComparer.Ordinal),
        };
        section.RefuseUnknown();
        Check(section, config);
        return config;
    }

    private static OutputType OutputTypeOf(YamlSection section) => section.Text("output_type") switch
    {
        "multiple_choice" => OutputType.MultipleChoice,
        "loglikelihood" => OutputType.Loglikelihood,
        "loglikelihood_rolling" => OutputType.LoglikelihoodRolling,
        null or "generate_until" => throw section.Error("output_type", "tasks that generate text (generate_until) are not supported here.",
            "Run tasks of type multiple_choice, loglikelihood or loglikelihood_rolling."),
        var other => throw section.Error("output_type", $"'{other}' is no output type.",
            NameSuggestion.Remedy(other, ["multiple_choice", "loglikelihood", "loglikelihood_rolling"])),
    };

    private static void Check(YamlSection section, TaskConfig config)
    {
        if (config.TestSplit is null && config.ValidationSplit is null)
            throw section.Error("test_split", "neither a test split nor a validation split is named.", "Name the split to score.");
        foreach ((string key, string? split) in new[]
        {
            ("training_split", config.TrainingSplit), ("validation_split", config.ValidationSplit), ("test_split", config.TestSplit),
            ("fewshot_split", config.Fewshot.Split),
        })
        {
            if (split is not null && !config.DataFiles.ContainsKey(split))
                throw section.Error(key,
                    $"no data file is given for the split '{split}'.", NameSuggestion.Remedy(split, config.DataFiles.Keys));
        }
        if (config.OutputType == OutputType.MultipleChoice && config.DocToChoice is null)
            throw section.Error("doc_to_choice", "a multiple_choice task needs its choices.", "Give doc_to_choice.");
        if (config.NumFewshot < 0)
            throw section.Error("num_fewshot", "a number of examples cannot be below zero.", "Write 0 or more.");
    }

    private static Dictionary<string, IReadOnlyList<string>> DataFiles(YamlSection section)
    {
        string? path = section.Text("dataset_path");
        section.Text("dataset_name");
        OrderedDictionary<string, object?>? arguments = section.Mapping("dataset_kwargs");
        object? files = null;
        if (path != "json" || arguments is null || !arguments.TryGetValue("data_files", out files))
        {
            throw section.Error("dataset_path", $"the data set '{path}' would have to be fetched, which is not supported here.",
                "Write 'dataset_path: json' and name the files of each split under dataset_kwargs, data_files.");
        }
        foreach (string key in arguments.Keys.Where(key => key is not ("data_files" or "trust_remote_code")))
            throw section.Error("dataset_kwargs", $"the key '{key}' is not supported here.", "Only data_files is.");
        string folder = Path.GetDirectoryName(section.File)!;
        var splits = files is OrderedDictionary<string, object?> named
            ? named.AsEnumerable() : [KeyValuePair.Create<string, object?>("train", files)];
        var found = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach ((string split, object? value) in splits)
        {
            object?[] names = value is object?[] list ? list : [value];
            found[split] = [.. names.Select(name => name is string text ? Path.GetFullPath(text, folder)
                : throw section.Error("dataset_kwargs", $"data_files, {split}: expected a file name or a list of them.",
                    "Write the files' names."))];
        }
        return found;
    }

    private static string? TextOrColumn(YamlSection section, string key) => section.Raw(key) is long number
        ? number.ToString(System.Globalization.CultureInfo.InvariantCulture) : section.Text(key);

    private static object Target(YamlSection section) => section.Raw("doc_to_target") switch
    {
        long index => index,
        object?[] list => list,
        null => throw section.Error("doc_to_target", "the key is missing.", "Say what the right answer is."),
        _ => section.Text("doc_to_target")!,
    };

    private static object Choices(YamlSection section, object choice) => choice switch
    {
        object?[] list => ChoiceTexts(section, list),
        OrderedDictionary<string, object?> mapping => ChoiceTexts(section, [.. mapping.Values]),
        _ => section.Text("doc_to_choice")!,
    };

    private static string[] ChoiceTexts(YamlSection section, object?[] choices) =>
        [.. choices.Select(item => item as string
            ?? throw section.Error("doc_to_choice", "every choice must be text.",
                "Put the choices in quotes: bare yes, no and numbers are no text in YAML."))];

    private static FewshotConfig Fewshot(YamlSection section)
    {
        string? split = section.Text("fewshot_split");
        if (section.Mapping("fewshot_config") is not { } mapping)
            return new FewshotConfig { Split = split };
        YamlSection inner = section.Nested("fewshot_config", mapping);
        string sampler = inner.Text("sampler") ?? "default";
        if (sampler is not ("default" or "first_n"))
            throw section.Error("fewshot_config", $"sampler: '{sampler}' is no sampler.", NameSuggestion.Remedy(sampler, ["default",
                "first_n"]));
        inner.Refuse("doc_to_text", "doc_to_target", "doc_to_choice", "process_docs", "fewshot_indices", "gen_prefix", "fewshot_delimiter", "target_delimiter");
        IReadOnlyList<object?>? samples = inner.List("samples");
        var config = new FewshotConfig
        {
            Split = inner.Text("split") ?? split,
            FirstN = sampler == "first_n",
            Samples = samples is null ? null : [.. samples.Select(sample => sample as IReadOnlyDictionary<string, object?>
                ?? throw section.Error("fewshot_config", "samples: every sample must have keys and values.",
                    "Write each sample as a document."))],
        };
        inner.RefuseUnknown();
        return config;
    }

    private static MetricConfig[] Metrics(YamlSection section, OutputType type)
    {
        if (section.List("metric_list") is not { } list)
        {
            return [.. Metric.DefaultsOf(type).Select(name => Metric.All[name])
                .Select(metric => new MetricConfig(metric, Aggregation.All[metric.Aggregation], metric.HigherIsBetter))];
        }
        return [.. list.Select(item => MetricOf(section, section.Nested("metric_list", item), type))];
    }

    private static MetricConfig MetricOf(YamlSection section, YamlSection item, OutputType type)
    {
        string name = item.Text("metric") ?? throw section.Error("metric_list", "an entry has no 'metric'.", "Name the metric.");
        if (!Metric.All.TryGetValue(name, out Metric? metric))
            throw section.Error("metric_list", $"'{name}' is no metric here.", NameSuggestion.Remedy(name, Metric.All.Keys));
        if (!metric.Applies.Contains(type))
        {
            throw section.Error("metric_list", $"the metric '{name}' has no meaning for this output type.",
                NameSuggestion.Remedy("", Metric.All.Values.Where(m => m.Applies.Contains(type)).Select(m => m.Name)));
        }
        string aggregationName = item.Text("aggregation") ?? metric.Aggregation;
        if (!Aggregation.All.TryGetValue(aggregationName, out Aggregation? aggregation))
            throw section.Error("metric_list",
                $"'{aggregationName}' is no aggregation here.", NameSuggestion.Remedy(aggregationName, Aggregation.All.Keys));
        bool higher = item.Truth("higher_is_better") ?? metric.HigherIsBetter;
        item.RefuseUnknown();
        return new MetricConfig(metric, aggregation, higher);
    }
}
