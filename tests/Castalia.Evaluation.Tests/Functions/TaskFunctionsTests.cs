using System.Text;
using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Functions;

/// <summary>
/// The functions that are built in: found by the folder of the task that names them, and told in <c>docs/task-functions.md</c>, whose table is written
/// anew with <c>CASTALIA_FUNCTIONS_TABLE=write</c>.
/// </summary>
public sealed class TaskFunctionsTests
{
    private static readonly string Page = Path.Combine(Fixtures.RepositoryRoot, "docs", "task-functions.md");

    [Fact]
    public void The_page_tells_all_of_them()
    {
        const string Mark = "| folder | functions |\n|---|---|\n";
        string page = File.ReadAllText(Page);
        int table = page.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length;
        if (Environment.GetEnvironmentVariable("CASTALIA_FUNCTIONS_TABLE") == "write")
            File.WriteAllText(Page, page = page[..table] + Table());
        Assert.Equal(Table(), page[table..]);
    }

    [Theory]
    [InlineData("tasks/hellaswag/hellaswag.yaml", "utils.process_docs")]
    [InlineData("elsewhere/lm_eval/tasks/mmlu_pro/mmlu_pro_law.yaml", "utils.process_law")]
    [InlineData("tasks/mmlu_pro/deeper/one.yaml", "..utils.process_law")]
    [InlineData("tasks/mine/one.yaml", "lm_eval.tasks.hellaswag.utils.process_docs")]
    public void Are_found_by_folder_and_name(string file, string name) => Assert.NotNull(TaskFunctions.Find<DocumentsFunction>(file, name));

    [Theory]
    [InlineData("tasks/hellaswag2/hellaswag.yaml", "utils.process_docs")]
    [InlineData("tasks/hellaswag/hellaswag.yaml", "utils.no_such")]
    [InlineData("tasks/hellaswag/hellaswag.yaml", "process_docs")]
    [InlineData("tasks/hellaswag/hellaswag.yaml", "")]
    public void Are_not_guessed(string file, string name) => Assert.Null(TaskFunctions.Find<DocumentsFunction>(file, name));

    [Fact]
    public void A_function_has_its_role() => Assert.Null(TaskFunctions.Find<MetricFunction>("tasks/hellaswag/hellaswag.yaml", "utils.process_docs"));

    private static string Table()
    {
        var table = new StringBuilder();
        foreach (IGrouping<string, BuiltInFunction> folder in TaskFunctions.Names.GroupBy(function => function.Folder))
        {
            // A family of one function a subject is told by the first of them.
            string[] names = [.. folder.GroupBy(function => function.Role).SelectMany(role => role.Count() > 8
                ? [$"`{role.First().Name}` and {role.Count() - 1} more (`{role.Key}`)"] : role.Select(function => $"`{function.Name}` (`{function.Role}`)"))];
            table.Append("| `").Append(folder.Key).Append("` | ").AppendJoin(", ", names).Append(" |\n");
        }
        return table.ToString();
    }
}
