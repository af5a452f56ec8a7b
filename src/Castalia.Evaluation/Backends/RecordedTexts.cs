using System.Globalization;
using System.Text.Json;
using Castalia.Data;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// Texts that some model made in an earlier run, found by what they were made for: context and arguments. Documents that were asked alike are
/// told apart by their order.
/// </summary>
internal sealed class RecordedTexts
{
    private const int LongestLine = 64 << 20;

    private readonly string _file;
    private readonly Dictionary<string, List<string>> _texts = new(StringComparer.Ordinal);

    private RecordedTexts(string file) => _file = file;

    /// <summary>
    /// Reads a file of documents, one JSON object a line, packed or not. Each has its request as the harness's samples files write it
    /// (<c>arguments: {gen_args_0: {arg_0: context, arg_1: arguments}}</c>) or as a list (<c>requests: [[context, arguments]]</c>), and its
    /// answers in <c>resps: [[text, ...]]</c>. A document that stands there once a filter counts once.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <exception cref="InputException">A line is something else: names line and field.</exception>
    public static RecordedTexts Load(string file)
    {
        var recorded = new RecordedTexts(file);
        using Stream stream = CompressedStream.OpenRead(file);
        using var lines = new LineReader(stream, file, LongestLine);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (lines.Read())
        {
            if (!lines.IsBlank)
                recorded.Add(Parse(file, lines), lines.Number, seen);
        }
        return recorded;
    }

    /// <summary>What texts are found by.</summary>
    public static string Key(GenerationRequest request) => Key(request.Context, request.Arguments);

    /// <summary>The text that a request got when it was put for the n-th time; after the last of them comes the first again.</summary>
    /// <param name="request">The request.</param>
    /// <param name="key">Its key.</param>
    /// <param name="occurrence">How often it was put before.</param>
    /// <exception cref="InputException">It was never put.</exception>
    public string Find(GenerationRequest request, string key, int occurrence) => _texts.TryGetValue(key, out List<string>? texts)
        ? texts[occurrence % texts.Count]
        : throw new InputException(_file, null, $"it has no text for the context that ends with '{End(request.Context)}' and the arguments "
            + $"{PythonJson.Dumps(request.Arguments, ensureAscii: false)}.", "Give the file of a run with the same prompts.");

    private void Add(Row line, long number, HashSet<string> seen)
    {
        string document = PythonText.Repr(line.GetValueOrDefault("task")) + PythonText.Repr(line.GetValueOrDefault("doc_id"));
        if (!seen.Add(document))
            return;
        (string context, Row arguments) = Request(line) ?? throw Wrong(number, "requests", "a context and its generation arguments");
        if (line.GetValueOrDefault("resps") is not IReadOnlyList<object?> { Count: 1 } outer || outer[0] is not IReadOnlyList<object?> { Count: > 0 } answers)
            throw Wrong(number, "resps", "one list of texts");
        string key = Key(context, arguments);
        if (!_texts.TryGetValue(key, out List<string>? texts))
            _texts[key] = texts = [];
        texts.AddRange(answers.Select(answer => answer as string ?? throw Wrong(number, "resps", "one list of texts")));
    }

    private static (string, Row)? Request(Row line)
    {
        if (line.GetValueOrDefault("requests") is IReadOnlyList<object?> { Count: 1 } requests
            && requests[0] is IReadOnlyList<object?> { Count: 2 } pair && pair[0] is string context && pair[1] is Row arguments)
        {
            return (context, arguments);
        }
        return line.GetValueOrDefault("arguments") is Row named && named.GetValueOrDefault("gen_args_0") is Row first
            && first.GetValueOrDefault("arg_0") is string text && first.GetValueOrDefault("arg_1") is Row own ? (text, own) : null;
    }

    private static Row Parse(string file, LineReader line)
    {
        try
        {
            var reader = new Utf8JsonReader(line.Line);
            using JsonDocument json = JsonDocument.ParseValue(ref reader);
            if (PythonJson.FromElement(json.RootElement) is Row row)
                return row;
        }
        catch (Exception error) when (error is JsonException or PythonException or InvalidOperationException)
        {
            throw new InputException(file, Place(line.Number), $"this is no document: {error.Message}", "Give one JSON object a line.", error);
        }
        throw new InputException(file, Place(line.Number), "expected a JSON object.", "Give one a line.");
    }

    private static string Key(string context, Row arguments) => context + "\0" + PythonJson.Dumps(arguments, sortKeys: true);

    private InputException Wrong(long line, string field, string expected) =>
        new(_file, $"{Place(line)}, field '{field}'", $"expected {expected}.", "Give the samples file of a task that generates texts.");

    private static string Place(long line) => string.Create(CultureInfo.InvariantCulture, $"line {line}");

    private static string End(string text) => text.Length <= 60 ? text : "..." + text[^57..];
}
