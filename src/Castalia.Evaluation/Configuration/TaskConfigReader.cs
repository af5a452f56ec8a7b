namespace Castalia.Evaluation;

/// <summary>Turns the keys of a task's YAML into a <see cref="TaskConfig"/>, or says which key is wrong and how.</summary>
internal static class TaskConfigReader
{
    private static readonly string[] OutputTypes = ["multiple_choice", "loglikelihood", "loglikelihood_rolling", "generate_until"];

    public static TaskConfig Read(string file, string name, IReadOnlyDictionary<string, YamlEntry> entries)
    {
        var section = new YamlSection(file, $"task '{name}'", entries);
        foreach (string structural in new[] { "task", "group", "task_list", "unsafe_code" })
            section.Raw(structural);
        section.Refuse("Tasks that are written in Python are not run; use the same task as YAML where there is one.", "class");
        section.Refuse("Write the prompt as doc_to_text: promptsource is not read.", "use_prompt");
        section.Refuse("Only tasks over text are run.", "doc_to_image", "doc_to_audio");
        section.Refuse("Name the data with dataset_path.", "custom_dataset");
        section.Refuse("Requests that hang on earlier answers are not supported.", "context_based", "request_updater", "storage_updater");
        OutputType type = OutputTypeOf(section);
        Row metadata = Metadata(section);
        TaskConfig config = new()
        {
            Task = name,
            Alias = section.Text("task_alias") ?? name,
            File = file,
            Tags = section.Texts("tag"),
            Dataset = Dataset(section, name),
            TrainingSplit = section.Text("training_split"),
            ValidationSplit = section.Text("validation_split"),
            TestSplit = section.Text("test_split"),
            ProcessDocs = section.Function<DocumentsFunction>("process_docs"),
            OutputType = type,
            DocToText = section.Field("doc_to_text") ?? new TemplateField(""),
            DocToTarget = section.Field("doc_to_target") ?? throw section.Error("doc_to_target", "the key is missing.", "Say what the right answer is."),
            DocToChoice = Choices(section),
            Description = section.Text("description") ?? "",
            GenPrefix = section.Text("gen_prefix"),
            TargetDelimiter = section.Text("target_delimiter") ?? " ",
            FewshotDelimiter = section.Text("fewshot_delimiter") ?? "\n\n",
            Fewshot = null!,
            NumFewshot = (int?)section.Integer("num_fewshot"),
            GenerationArguments = GenerationArguments(section, type),
            Repeats = Repeats(section),
            Filters = FilterListReader.Read(section),
            ProcessResults = section.Function<ResultsFunction>("process_results"),
            Metrics = MetricListReader.Read(section, type),
            DecontaminationQuery = DecontaminationQuery(section),
            Version = metadata.TryGetValue("version", out object? version) ? version : null,
            Metadata = metadata,
            Source = entries.ToDictionary(pair => pair.Key, pair => pair.Value.Value, StringComparer.Ordinal),
        };
        config = config with { Fewshot = Fewshot(section, config) };
        section.RefuseUnknown();
        Check(section, config);
        return config;
    }

    // A task that does not say what it asks is one that generates: the harness's default.
    private static OutputType OutputTypeOf(YamlSection section) => section.Text("output_type") switch
    {
        "multiple_choice" => OutputType.MultipleChoice,
        "loglikelihood" => OutputType.Loglikelihood,
        "loglikelihood_rolling" => OutputType.LoglikelihoodRolling,
        null or "generate_until" => OutputType.GenerateUntil,
        var other => throw section.Error("output_type", $"'{other}' is no output type.", NameSuggestion.Remedy(other, OutputTypes)),
    };

    private static void Check(YamlSection section, TaskConfig config)
    {
        if (config.TestSplit is null && config.ValidationSplit is null)
            throw section.Error("test_split", "neither a test split nor a validation split is named.", "Name the split to score.");
        if (config.OutputType == OutputType.MultipleChoice && config.DocToChoice is null)
            throw section.Error("doc_to_choice", "a multiple_choice task needs its choices.", "Give doc_to_choice.");
        if (config.NumFewshot < 0)
            throw section.Error("num_fewshot", "a number of examples cannot be below zero.", "Write 0 or more.");
    }

    // Some tasks write their metadata as a list with one mapping in it.
    private static Row Metadata(YamlSection section) => section.Raw("metadata") switch
    {
        Row mapping => mapping,
        object?[] list when list.OfType<Row>().FirstOrDefault() is { } first => first,
        _ => new OrderedDictionary<string, object?>(),
    };

    private static DatasetReference Dataset(YamlSection section, string task)
    {
        string path = section.Text("dataset_path")
            ?? throw section.Error("dataset_path", "the key is missing.", "Name the data set, or a kind of file (json, csv, parquet, arrow).");
        string? name = section.Raw("dataset_name") is { } value ? section.TextOf(value, "dataset_name") : null;
        OrderedDictionary<string, object?> arguments = section.Mapping("dataset_kwargs") ?? [];
        return new DatasetReference(path, name, arguments, section.File, task);
    }

    private static TaskField? Choices(YamlSection section)
    {
        TaskField? field = section.Field("doc_to_choice");
        if (field is not ConstantField { Value: var value })
            return field;
        object?[] list = value as object?[] ?? throw section.Error("doc_to_choice", "expected a list of choices.", "Write the choices as a list.");
        string[] texts = [.. list.Select(item => item as string
            ?? throw section.Error("doc_to_choice", "every choice must be text.", "Put the choices in quotes: bare yes, no and numbers are no text in YAML."))];
        int empty = Array.IndexOf(texts, "");
        return empty < 0 ? new ConstantField(texts)
            : throw section.Error("doc_to_choice", $"choice {empty} is empty; its likelihood a character has no meaning.", "Take it out.");
    }

    private static OrderedDictionary<string, object?> GenerationArguments(YamlSection section, OutputType type)
    {
        OrderedDictionary<string, object?>? given = section.Mapping("generation_kwargs");
        var arguments = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        if (type != OutputType.GenerateUntil)
            return arguments;
        foreach ((string key, object? value) in given ?? [])
            arguments[key] = key == "temperature" && value is long number ? (double)number : value;
        // What a task leaves out: it stops where the next example would begin, and takes the likeliest token.
        arguments.TryAdd("until", new object?[] { section.Text("fewshot_delimiter") ?? "\n\n" });
        if (given is null)
        {
            arguments["do_sample"] = false;
            arguments["temperature"] = 0.0;
            arguments["max_gen_toks"] = 256L;
        }
        return arguments;
    }

    private static int Repeats(YamlSection section) => section.Integer("repeats") switch
    {
        null => 1,
        >= 1 and <= 10_000 and { } repeats => (int)repeats,
        { } other => throw section.Error("repeats", $"{other} is no number of repeats.", "Write a number from 1 to 10000."),
    };

    private static TaskField? DecontaminationQuery(YamlSection section)
    {
        bool should = section.Truth("should_decontaminate") ?? false;
        TaskField? query = section.Field("doc_to_decontamination_query");
        return should ? query ?? section.Field("doc_to_text") ?? new TemplateField("") : null;
    }

    private static FewshotConfig Fewshot(YamlSection section, TaskConfig task)
    {
        YamlSection inner = section.Nested("fewshot_config", section.Mapping("fewshot_config") ?? []);
        string sampler = inner.Text("sampler") ?? "default";
        if (sampler is not ("default" or "first_n"))
            throw section.Error("fewshot_config", $"sampler: '{sampler}' is no sampler.", NameSuggestion.Remedy(sampler, ["default", "first_n"]));
        inner.Raw("fewshot_indices"); // the harness reads it and does not use it
        var config = new FewshotConfig
        {
            Split = inner.Text("split") ?? section.Text("fewshot_split"),
            FirstN = sampler == "first_n",
            Samples = Samples(section, inner),
            ProcessDocs = inner.Has("process_docs") ? inner.Function<DocumentsFunction>("process_docs") : task.ProcessDocs,
            DocToText = inner.Field("doc_to_text") ?? task.DocToText,
            DocToTarget = inner.Field("doc_to_target") ?? task.DocToTarget,
            DocToChoice = inner.Field("doc_to_choice") ?? task.DocToChoice,
            GenPrefix = inner.Text("gen_prefix") ?? task.GenPrefix,
            TargetDelimiter = inner.Text("target_delimiter") ?? task.TargetDelimiter,
            FewshotDelimiter = inner.Text("fewshot_delimiter") ?? task.FewshotDelimiter,
        };
        inner.RefuseUnknown();
        return config;
    }

    private static IReadOnlyList<Row>? Samples(YamlSection section, YamlSection inner)
    {
        if (inner.Raw("samples") is YamlFunction)
            return inner.Function<SamplesFunction>("samples")!.Apply();
        return inner.List("samples") is not { } samples ? null
            : [.. samples.Select(sample => sample as Row
                ?? throw section.Error("fewshot_config", "samples: every sample must have keys and values.", "Write each sample as a document."))];
    }
}
