namespace Castalia.Evaluation;

/// <summary>The functions of the harness's tasks that are built in, found by the file that names them.</summary>
public static class TaskFunctions
{
    /// <summary>The function that a task file means, or null if none is built in.</summary>
    /// <typeparam name="T">The role that it is to play.</typeparam>
    /// <param name="taskFile">The YAML file in which it is named: its folder tells the family (<c>hellaswag</c>, <c>mmlu_pro</c>).</param>
    /// <param name="name">Module and name: <c>utils.process_docs</c>.</param>
    public static T? Find<T>(string taskFile, string name) where T : TaskFunction
    {
        ArgumentNullException.ThrowIfNull(taskFile);
        ArgumentNullException.ThrowIfNull(name);
        return null;
    }
}
