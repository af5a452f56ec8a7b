using System.Globalization;
using System.Text.Json;
using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Tasks;

/// <summary>Names out of task files: those of a whole tree are found by a few lines of each.</summary>
public sealed class TaskIndexTests : IDisposable
{
    private const string Body = """
        output_type: multiple_choice
        dataset_path: json
        dataset_kwargs: {data_files: {test: rows.jsonl}}
        test_split: test
        doc_to_text: "Q: {{q}}\nA:"
        doc_to_choice: ["a", "b"]
        doc_to_target: 0
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Write(string name, string text)
    {
        string path = _folder[name.Split('/')];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    [Theory]
    [InlineData("task: demo", "demo", false, "")]
    [InlineData("# first\n---\ntask: 'demo' # why\ntag: one", "demo", false, "one")]
    [InlineData("tag: [one, \"two\"]\ntask: demo", "demo", false, "one two")]
    [InlineData("tag:\n- one\n- two\ntask: demo", "demo", false, "one two")]
    [InlineData("tag:\n  - one\n  # between\n  - 'two'\ntask: demo", "demo", false, "one two")]
    [InlineData("group: demo\ntask:\n  - one\n  - task: two\n    group: three", "demo", true, "")]
    [InlineData("task: [one, two]\ngroup: demo", "demo", true, "")]
    [InlineData("description: |\n  task: wrong\ntask: demo", "demo", false, "")]
    [InlineData("description: \"one\n  task: wrong\"\ntask: demo", "demo", false, "")]
    [InlineData("description: 'it''s'\ntask: demo", "demo", false, "")]
    [InlineData("{task: demo, tag: one}", "demo", false, "one")]
    [InlineData("\"task\": demo", "demo", false, "")]
    [InlineData("task: de\\\n  mo", "de\\ mo", false, "")]
    [InlineData("tag: &a one\ntask: demo", "demo", false, "one")]
    [InlineData("tag: one: two\ntask: demo", null, false, "")]
    [InlineData("dataset_path: hub", null, false, "")]
    [InlineData("task: 17", null, false, "")]
    public void A_header_says_what_the_whole_file_says(string text, string? name, bool isGroup, string tags)
    {
        string file = Write("demo.yaml", text);
        if (name is null && text.Contains("one: two", StringComparison.Ordinal))
        {
            Assert.Throws<InputException>(() => TaskFileHeader.ReadAll(file));
            return;
        }
        TaskFileHeader header = Assert.Single(TaskFileHeader.ReadAll(file));
        Assert.Equal((name, isGroup, tags), (header.Name, header.IsGroup, string.Join(' ', header.Tags ?? [])));
    }

    [Fact]
    public void Lines_and_yaml_agree_on_every_task_file_of_the_repository()
    {
        string[] files = Directory.GetFiles(Path.Combine(Fixtures.RepositoryRoot, "tasks"), "*.yaml", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            OrderedDictionary<string, YamlEntry>[] tasks = [.. TaskList.Of(file, YamlFile.OwnKeys(file))];
            IReadOnlyList<TaskFileHeader> headers = TaskFileHeader.ReadAll(file);
            Assert.Equal(tasks.Length, headers.Count);
            for (int i = 0; i < tasks.Length; i++)
            {
                Assert.Equal(tasks[i].ContainsKey("group"), headers[i].IsGroup);
                Assert.Equal(tasks[i].GetValueOrDefault(headers[i].IsGroup ? "group" : "task")?.Value as string, headers[i].Name);
                object? tags = tasks[i].GetValueOrDefault("tag")?.Value;
                Assert.Equal((tags as object?[] ?? [tags]).OfType<string>(), headers[i].Tags ?? []);
            }
        }
    }

    [Fact]
    public void Thousands_of_files_are_indexed_and_one_is_read()
    {
        const int Files = 14_000;
        Write("suite/_base", Body + "\ntag: all_of_them\n");
        for (int i = 0; i < Files; i++)
            Write(string.Create(CultureInfo.InvariantCulture, $"suite/{i / 500}/task_{i}.yaml"), string.Create(CultureInfo.InvariantCulture, $"include: ../_base\ntask: task_{i}\ndescription: \"Number {i}:\\n\"\n"));
        TaskLibrary library = TaskLibrary.Open(_folder.Path);
        Assert.Equal(Files, library.TaskNames.Count);
        Assert.Equal(["all_of_them"], library.TagNames);
        Assert.Empty(library.Warnings);
        Assert.Equal("Number 13999:\n", Assert.IsType<TaskLeaf>(Assert.Single(library.Load("task_13999"))).Config.Description);
        Assert.Equal(10, library.Load("task_1399?").Count);
    }

    [Fact]
    public void A_later_folder_goes_before_and_the_first_file_of_a_folder()
    {
        Write("one/a.yaml", "task: demo\ndescription: a\n" + Body);
        Write("one/b.yaml", "task: demo\ndescription: b\n" + Body);
        Write("two/c.yaml", "task: demo\ndescription: c\n" + Body);
        TaskLibrary library = TaskLibrary.Open(_folder["one"], _folder["two"]);
        Assert.Equal("c", Assert.IsType<TaskLeaf>(library.Load("demo")[0]).Config.Description);
        Assert.Equal(2, library.Warnings.Count);
        Assert.Contains("b.yaml is left out", library.Warnings[0], StringComparison.Ordinal);
        Assert.Equal("a", Assert.IsType<TaskLeaf>(TaskLibrary.Open(_folder["one"]).Load("demo")[0]).Config.Description);
    }

    [Fact]
    public void A_bad_file_is_left_out_until_it_is_asked_for()
    {
        Write("good.yaml", "task: good\n" + Body);
        Write("bad.yaml", "task: [");
        Write("late.yaml", "task: late\nrepeats: {\n");
        TaskLibrary library = TaskLibrary.Open(_folder.Path);
        Assert.Equal("good", Assert.Single(library.Load("good")).Name);
        Assert.Contains(library.Warnings, warning => warning.Contains("bad.yaml", StringComparison.Ordinal));
        Assert.EndsWith("bad.yaml", Assert.Throws<InputException>(() => library.Load("bad")).File, StringComparison.Ordinal);
        Assert.EndsWith("late.yaml", Assert.Throws<InputException>(() => library.Load("late")).File, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_and_a_folder_can_be_named_by_their_paths()
    {
        string file = Write("elsewhere/x.yaml", "task: x\n" + Body);
        Write("elsewhere/y.yaml", "task: y\n" + Body);
        string group = Write("elsewhere/z.yml", "group: both\ntask: [known]\n");
        Write("known/known.yaml", "task: known\n" + Body);
        TaskLibrary library = TaskLibrary.Open(_folder["known"]);
        Assert.Equal("x", Assert.Single(library.Load(file)).Name);
        Assert.Equal("both", Assert.IsType<TaskGroup>(Assert.Single(library.Load(group))).Name);
        Assert.Equal(["x", "y"], library.Load(_folder["elsewhere"]).Select(node => node.Name));
    }

    [Fact]
    public void A_pattern_means_each_task_once()
    {
        Write("t1.yaml", "task: t_1\ntag: t_tag\n" + Body);
        Write("t2.yaml", "task: t_2\n" + Body);
        Write("g.yaml", "group: t_group\ntask: [t_2]\n");
        TaskLibrary library = TaskLibrary.Open(_folder.Path);
        Assert.Equal(["t_1", "t_group"], library.Load("t_*").Select(node => node.Name).Order(StringComparer.Ordinal));
        Assert.Throws<InputException>(() => library.Load("t_group", "t_2"));
    }

    [Fact]
    public void Patterns_match_as_in_the_harness()
    {
        string[] known = ["arc_easy", "arc_challenge", "mmlu", "mmlu_anatomy", "piqa"];
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("eval", "vectors", "pattern_match.json")));
        foreach (JsonElement vector in json.RootElement.EnumerateArray())
        {
            JsonElement given = vector.GetProperty("patterns");
            NamePattern[] patterns = [.. (given.ValueKind == JsonValueKind.String ? [given.GetString()!] : given.EnumerateArray().Select(item => item.GetString()!)).Select(one => new NamePattern(one))];
            Assert.Equal(vector.GetProperty("out").EnumerateArray().Select(item => item.GetString()),
                known.Where(name => patterns.Any(pattern => pattern.Matches(name))).Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData("a[!b]c", "axc", true)]
    [InlineData("a[!b]c", "abc", false)]
    [InlineData("a[]]c", "a]c", true)]
    [InlineData("a[b", "a[b", true)]
    [InlineData("a.c", "abc", false)]
    [InlineData("[a-c]?", "bz", true)]
    public void Sets_of_characters_are_python_s(string pattern, string name, bool matches) => Assert.Equal(matches, new NamePattern(pattern).Matches(name));
}
