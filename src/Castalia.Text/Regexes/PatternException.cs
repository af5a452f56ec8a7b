namespace Castalia.Text.Regexes;

/// <summary>A pattern that cannot be used: it is no pattern, or asks for what the engine leaves out on purpose.</summary>
/// <param name="position">Where in the pattern, in UTF-16 units from its start.</param>
/// <param name="problem">What is wrong there, as a clause without a full stop.</param>
internal sealed class PatternException(int position, string problem) : Exception($"at {position} of the pattern: {problem}")
{
    public int Position { get; } = position;

    public string Problem { get; } = problem;
}
