using Castalia.Text.Jinja.Python;
using Row = System.Collections.Generic.IReadOnlyDictionary<string, object?>;

namespace Castalia.Evaluation.Tests.Functions;

/// <summary>Python files beside a task, in the shapes the harness's tasks have, each with constants of its own.</summary>
public sealed class PythonShapesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("castalia-shapes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Row Doc(params (string, object?)[] columns) => columns.ToDictionary(column => column.Item1, column => column.Item2);

    private T? Find<T>(string python, string name) where T : TaskFunction
    {
        File.WriteAllText(Path.Combine(_folder, "utils.py"), python);
        return TaskFunctions.Find<T>(Path.Combine(_folder, "task.yaml"), $"utils.{name}");
    }

    private static IEnumerable<object?> Kept(DocumentsFunction? function, string column, params string[] values)
    {
        Assert.NotNull(function);
        return function.Apply([.. values.Select(value => Doc((column, value)))]).Select(row => row[column]);
    }

    [Fact]
    public void RowsOfOneCategoryThroughAPartial()
    {
        const string Python = """
            # The rows of a subject
            from functools import partial

            def pick(dataset, subject):
                return dataset.filter(lambda x: x["category"] == subject)

            process_law = partial(pick, subject="law")
            process_it = partial(
                pick,
                subject='computer science',
            )
            """;
        Assert.Equal(["law"], Kept(Find<DocumentsFunction>(Python, "process_law"), "category", "law", "history", "Law"));
        Assert.Equal(["computer science"], Kept(Find<DocumentsFunction>(Python, "process_it"), "category", "law", "computer science"));
        Assert.Null(Find<DocumentsFunction>(Python, "process_history"));
    }

    [Fact]
    public void RowsOfOneCategoryThroughNamesMadeFromAList()
    {
        const string Python = """
            from functools import partial
            NAMES = [
                'Arts & Crafts', 'STEM',
                'Social Science',
            ]

            def choose(dataset, kind):
                return dataset.filter(lambda x: x["domain"] == kind)

            made = {
                f"process_{n.lower().replace(' & ', '_').replace(' ', '_')}": partial(
                    choose, kind=n
                )
                for n in NAMES
            }
            globals().update(made)
            """;
        Assert.Equal(["Arts & Crafts"], Kept(Find<DocumentsFunction>(Python, "process_arts_crafts"), "domain", "STEM", "Arts & Crafts"));
        Assert.Equal(["Social Science"], Kept(Find<DocumentsFunction>(Python, "process_social_science"), "domain", "STEM", "Social Science"));
        Assert.Null(Find<DocumentsFunction>(Python, "process_law"));
    }

    [Fact]
    public void RowsOfAConstant()
    {
        const string Python = """
            import datasets

            def only_dev(dataset: datasets.Dataset) -> datasets.Dataset:
                return dataset.filter(lambda row: row['split'] == "dev")
            """;
        Assert.Equal(["dev"], Kept(Find<DocumentsFunction>(Python, "only_dev"), "split", "test", "dev"));
    }

    [Theory]
    // Two classes: F1 of a is 2/3 (2 right of which 1 found, nothing else said a), of b 4/5 weighed 2 and 2 of 4.
    [InlineData("weighted", (2.0 / 3 * 2 + 4.0 / 5 * 2) / 4)]
    [InlineData("macro", (2.0 / 3 + 4.0 / 5) / 2)]
    [InlineData("micro", 0.75)]
    public void F1OfPairsOfGoldAndPrediction(string average, double expected)
    {
        string python = $"""
            from sklearn.metrics import f1_score

            def score(items):
                both = list(zip(*items))
                right = both[0]
                said = both[1]
                value = f1_score(right, said, average="{average}")
                return value
            """;
        var items = new object?[] { new object?[] { "a", "a" }, new object?[] { "a", "b" }, new object?[] { "b", "b" }, new object?[] { "b", "b" } };
        Assert.Equal(expected, Find<AggregationFunction>(python, "score")!.Apply(items), 12);
    }

    [Fact]
    public void LabelsByNumber()
    {
        const string Python = """
            def doc_to_target(doc):
                words = {0: "True", 1: "Neither", 2: "False"}
                return words[doc["label"]]
            """;
        DocumentFunction? function = Find<DocumentFunction>(Python, "doc_to_target");
        Assert.Equal("Neither", function!.Apply(Doc(("label", 1L))));
        Assert.Contains("KeyError: 7", Assert.Throws<PythonException>(() => function.Apply(Doc(("label", 7L)))).Message);
    }

    [Fact]
    public void AListThatStandsInAColumnAsText()
    {
        const string Python = """
            def doc_to_choice(doc):
                choices = eval(doc["choices"])
                return choices
            """;
        Assert.Equal(new object?[] { "yes", "no" }, Find<DocumentFunction>(Python, "doc_to_choice")!.Apply(Doc(("choices", "['yes', 'no']"))));
    }

    [Fact]
    public void APromptThatThinksStepByStepInTheWordsOfItsLanguage()
    {
        string language = Directory.CreateDirectory(Path.Combine(_folder, "xx")).FullName;
        File.WriteAllText(Path.Combine(_folder, "lang_libs.py"), """LANG_LIBS = {"xx": ["Q:", "O:", "Answer: think.", "unused", "A: think.", "is ({})"]}""");
        File.WriteAllText(Path.Combine(language, "utils.py"), """
            max_opt_num = 10

            def format_cot_example(example, including_answer=True):
                prompt = f"{lang_dict[0]}\n"
                question = example["question"]
                prompt += question + "\n"
                prompt += f"{lang_dict[1]}\n"
                for i in range(max_opt_num):
                    opt = example[f"option_{i}"]
                    if opt is not None:
                        prompt += "{}. {}\n".format(choices[i], opt)
                if including_answer:
                    cot_content = example["cot_content"].replace(
                        lang_dict[4], lang_dict[2]
                    )
                    prompt += cot_content + "\n\n"
                else:
                    prompt += lang_dict[2]
                return prompt


            doc_to_text = partial(format_cot_example, including_answer=False)
            fewshot_to_text = partial(format_cot_example, including_answer=True)
            """);
        var document = new Dictionary<string, object?> { ["question"] = "1+1?", ["cot_content"] = "A: think. Two." };
        for (int i = 0; i < 10; i++)
            document[$"option_{i}"] = i is 0 or 2 ? $"{i}" : null;
        string file = Path.Combine(language, "task.yaml");
        Assert.Equal("Q:\n1+1?\nO:\nA. 0\nC. 2\nAnswer: think.", TaskFunctions.Find<DocumentFunction>(file, "utils.doc_to_text")!.Apply(document));
        Assert.Equal("Q:\n1+1?\nO:\nA. 0\nC. 2\nAnswer: think. Two.\n\n", TaskFunctions.Find<DocumentFunction>(file, "utils.fewshot_to_text")!.Apply(document));
    }

    [Theory]
    [InlineData("def f(dataset):\n    import os\n    return dataset.filter(lambda x: x[\"a\"] == \"b\")")]
    [InlineData("def f(dataset):\n    return dataset.filter(lambda x: x[\"a\"] == open(\"b\"))")]
    [InlineData("def f(dataset):\n    return dataset.filter(lambda x: x[\"a\"] != \"b\")")]
    [InlineData("f = partial(g, x=1)")]
    [InlineData("def f(")]
    [InlineData("\"\"\"def f(dataset): never closed")]
    public void WhatIsWrittenOtherwiseIsNotKnown(string python) => Assert.Null(Find<DocumentsFunction>(python, "f"));
}
