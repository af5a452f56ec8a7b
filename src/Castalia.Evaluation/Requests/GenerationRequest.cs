namespace Castalia.Evaluation;

/// <summary>Asks for a text that goes on from a context: <c>generate_until</c>.</summary>
/// <param name="Context">What comes before; for a model that takes messages, their JSON.</param>
/// <param name="Arguments">
/// The task's <c>generation_kwargs</c> as they stand in its YAML, Python's values: until, max_gen_toks, temperature and so on.
/// They are brought into one form where they are used.
/// </param>
public sealed record GenerationRequest(string Context, Row Arguments)
{
    /// <summary>Which of the answers to the same question this is to be, from 0. It counts only where texts are drawn by chance.</summary>
    public int Repeat { get; init; }
}
