namespace Castalia.Evaluation;

/// <summary>A value of a task file and where it stands, so that what is wrong with it can be said.</summary>
/// <param name="Value">Null, bool, long, double, text, <see cref="YamlFunction"/>, an array of objects, or an ordered dictionary from text.</param>
/// <param name="File">The file it was written in, which may be an included one.</param>
/// <param name="Line">The line of its key, from 1.</param>
internal sealed record YamlEntry(object? Value, string File, long Line);

/// <summary>A reference to a Python function: <c>!function module.name</c>. It is never run; where it has an equal here it is looked up by name.</summary>
/// <param name="Name">Module and name as the file gives them.</param>
internal sealed record YamlFunction(string Name);
