using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>IFEval (Zhou et al. 2023): whether an answer follows instructions that a program can check.</summary>
/// <remarks>
/// The checks are those of the harness's task. Two of its tools are not here: sentences are split by <see cref="SentenceSplitter"/> and not by
/// NLTK's trained Punkt model, and the language is told by <see cref="LanguageDetector"/> and not by langdetect; see there where they differ.
/// </remarks>
public static class Ifeval
{
    /// <summary>Which instructions the answer follows as it stands.</summary>
    /// <param name="document">The document: <c>instruction_id_list</c>, and as many <c>kwargs</c>.</param>
    /// <param name="response">The answer.</param>
    /// <exception cref="PythonException">An instruction is unknown, or lacks what it is about.</exception>
    public static IReadOnlyList<bool> Strict(Row document, string response) => Followed(document, [response]);

    /// <summary>Which instructions the answer follows if its first line, its last line, both, or asterisks may be left out.</summary>
    /// <param name="document">The document: <c>instruction_id_list</c>, and as many <c>kwargs</c>.</param>
    /// <param name="response">The answer.</param>
    /// <exception cref="PythonException">An instruction is unknown, or lacks what it is about.</exception>
    public static IReadOnlyList<bool> Loose(Row document, string response)
    {
        ArgumentNullException.ThrowIfNull(response);
        string[] lines = response.Split('\n');
        string[] parts = [response, Joined(lines[1..]), Joined(lines[..^1]), lines.Length > 1 ? Joined(lines[1..^1]) : ""];
        return Followed(document, [.. parts, .. parts.Select(part => part.Replace("*", "", StringComparison.Ordinal))]);
    }

    /// <summary>The harness's four items of a document: whether all instructions are followed, and which, strictly and loosely.</summary>
    /// <param name="document">The document: <c>instruction_id_list</c>, and as many <c>kwargs</c>.</param>
    /// <param name="response">The answer.</param>
    /// <exception cref="PythonException">An instruction is unknown, or lacks what it is about.</exception>
    public static Row Results(Row document, string response)
    {
        IReadOnlyList<bool> strict = Strict(document, response), loose = Loose(document, response);
        return new OrderedDictionary<string, object?>(StringComparer.Ordinal)
        {
            ["prompt_level_strict_acc"] = strict.All(followed => followed),
            ["inst_level_strict_acc"] = strict.Select(followed => (object?)followed).ToArray(),
            ["prompt_level_loose_acc"] = loose.All(followed => followed),
            ["inst_level_loose_acc"] = loose.Select(followed => (object?)followed).ToArray(),
        };
    }

    /// <summary>The share of instructions followed over all documents: <c>agg_inst_level_acc</c>.</summary>
    /// <param name="items">One list of truth values a document.</param>
    public static double InstructionAccuracy(IReadOnlyList<object?> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return items.SelectMany(item => (IReadOnlyList<object?>)item!).Average(followed => PythonOperators.IsTrue(followed) ? 1.0 : 0.0);
    }

    private static bool[] Followed(Row document, IReadOnlyList<string> responses)
    {
        ArgumentNullException.ThrowIfNull(document);
        IReadOnlyList<object?> names = List(document, "instruction_id_list"), arguments = List(document, "kwargs");
        if (names.Count != arguments.Count)
            throw new PythonException($"ValueError: there are {names.Count} instructions, but kwargs for {arguments.Count}");
        var followed = new bool[names.Count];
        for (int i = 0; i < followed.Length; i++)
        {
            var given = new InstructionArguments(names[i] as string ?? "", arguments[i] as Row ?? throw new PythonException("TypeError: kwargs hold no names"));
            followed[i] = responses.Any(response => PythonString.Strip(response).Length > 0 && Instructions.Follows(given, response));
        }
        return followed;
    }

    private static IReadOnlyList<object?> List(Row document, string name) =>
        document.TryGetValue(name, out object? value) && value is IReadOnlyList<object?> list ? list : throw new PythonException($"KeyError: the document has no list '{name}'");

    private static string Joined(string[] lines) => PythonString.Strip(string.Join('\n', lines));
}
