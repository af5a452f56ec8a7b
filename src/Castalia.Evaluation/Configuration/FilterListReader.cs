using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Reads a task's <c>filter_list</c>.</summary>
internal static class FilterListReader
{
    public static IReadOnlyList<FilterPipeline> Read(YamlSection section)
    {
        if (section.List("filter_list") is not { } list)
            return [FilterPipeline.Default];
        return [.. list.Select(item => Pipeline(section, section.Nested("filter_list", item)))];
    }

    private static FilterPipeline Pipeline(YamlSection section, YamlSection item)
    {
        string name = item.Text("name") ?? throw section.Error("filter_list", "an entry has no 'name'.", "Name the pipeline; its metrics carry the name.");
        item.Raw("metric_list");
        IReadOnlyList<object?> steps = item.List("filter") ?? throw section.Error("filter_list", $"'{name}' has no 'filter'.", "List its steps.");
        var pipeline = new FilterPipeline(name, [.. steps.Select(step => Step(section, section.Nested("filter_list", step)))]);
        item.RefuseUnknown();
        return pipeline;
    }

    private static IFilter Step(YamlSection section, YamlSection step)
    {
        var options = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (string key in step.Keys.Where(key => key is not ("function" or "filter_fn")))
            options[key] = step.Raw(key);
        try
        {
            if (step.Raw("function") is YamlFunction)
                return step.Function<FilterFunction>("function")!.Create(options);
            string name = step.Text("function") ?? throw section.Error("filter_list", "a step has no 'function'.", "Name the filter.");
            return name != "custom" ? Filter.Create(name, options) : (step.Function<FilterFunction>("filter_fn")
                ?? throw section.Error("filter_list", "a custom filter has no 'filter_fn'.", "Name the function.")).Create(options);
        }
        catch (Exception error) when (error is FormatException or PythonException)
        {
            throw section.Error("filter_list", error.Message, "Correct the filter.", error);
        }
    }
}
