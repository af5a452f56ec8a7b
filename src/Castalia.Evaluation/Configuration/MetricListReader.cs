namespace Castalia.Evaluation;

/// <summary>Reads a task's <c>metric_list</c>.</summary>
internal static class MetricListReader
{
    // What tasks of the harness give a metric beside its name; which of them means something is the metric's affair.
    private static readonly string[] Options =
        ["ignore_case", "ignore_punctuation", "ignore_numbers", "regexes_to_ignore", "multi_label", "average", "hf_evaluate", "weight_by_size", "k", "kwargs"];

    public static MetricConfig[] Read(YamlSection section, OutputType type)
    {
        if (section.List("metric_list") is { } list)
            return [.. list.Select(item => MetricOf(section, section.Nested("metric_list", item), type))];
        if (section.Has("process_results"))
            return [];
        return [.. Metric.DefaultsOf(type).Select(name => Metric.All[name])
            .Select(metric => new MetricConfig(metric.Name, metric, Aggregation.All[metric.Aggregation], metric.HigherIsBetter))];
    }

    private static MetricConfig MetricOf(YamlSection section, YamlSection item, OutputType type)
    {
        bool scoredByFunction = section.Has("process_results");
        MetricFunction? function = item.Raw("metric") is YamlFunction ? item.Function<MetricFunction>("metric") : null;
        string name = function is not null ? function.Name[(function.Name.LastIndexOf('.') + 1)..]
            : item.Text("metric") ?? throw section.Error("metric_list", "an entry has no 'metric'.", "Name the metric.");
        Metric? metric = function is null ? Metric.All.GetValueOrDefault(name) : null;
        if (metric is null && function is null && !scoredByFunction)
            throw section.Error("metric_list", $"'{name}' is no metric here.", NameSuggestion.Remedy(name, Metric.All.Keys));
        if (metric is not null && !scoredByFunction && !metric.Applies.Contains(type))
        {
            throw section.Error("metric_list", $"the metric '{name}' has no meaning for this output type.",
                NameSuggestion.Remedy("", Metric.All.Values.Where(m => m.Applies.Contains(type)).Select(m => m.Name)));
        }
        Aggregation aggregation = AggregationOf(section, item, metric);
        bool higher = item.Truth("higher_is_better") ?? metric?.HigherIsBetter ?? true;
        var options = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (string option in function is null ? Options : item.Keys.Where(key => key is not ("metric" or "aggregation" or "higher_is_better")))
        {
            if (item.Raw(option) is { } value)
                options[option] = value;
        }
        item.RefuseUnknown();
        return new MetricConfig(name, scoredByFunction ? null : metric, aggregation, higher) { Function = function, Options = options };
    }

    private static Aggregation AggregationOf(YamlSection section, YamlSection item, Metric? metric)
    {
        if (item.Raw("aggregation") is YamlFunction)
        {
            AggregationFunction function = item.Function<AggregationFunction>("aggregation")!;
            return new Aggregation(function.Name, items => function.Apply(Values(items)), ErrorKind.None);
        }
        string name = item.Text("aggregation") ?? metric?.Aggregation ?? "mean";
        return Aggregation.All.GetValueOrDefault(name)
            ?? throw section.Error("metric_list", $"'{name}' is no aggregation here.", NameSuggestion.Remedy(name, Aggregation.All.Keys));
    }

    private static object?[] Values(ReadOnlySpan<MetricItem> items)
    {
        var values = new object?[items.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = items[i].ToJson();
        return values;
    }
}
