using Castalia.Evaluation.Tests.Golden;

namespace Castalia.Evaluation.Tests.Configuration;

/// <summary>The tasks that ship with the repository: each can be read, with every function, filter and metric that it names.</summary>
public sealed class ShippedTasksTests
{
    public static TheoryData<string> Names => [.. GoldenRun.Library.TaskNames.Concat(GoldenRun.Library.GroupNames).Concat(GoldenRun.Library.TagNames)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Can_be_read(string name)
    {
        TaskConfig[] tasks = [.. GoldenRun.Library.Load(name).SelectMany(node => node.Tasks)];
        Assert.NotEmpty(tasks);
        Assert.All(tasks, task => Assert.NotEmpty(task.Metrics));
    }
}
