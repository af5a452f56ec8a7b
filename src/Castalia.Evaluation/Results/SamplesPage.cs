using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Castalia.Evaluation;

/// <summary>Samples as one HTML page that needs nothing beside it: filters, search, and a page of documents at a time.</summary>
public static class SamplesPage
{
    private const int MostSamples = 200_000;
    private const int LongestText = 200_000;

    /// <summary>Writes the page.</summary>
    /// <param name="path">The page's file.</param>
    /// <param name="files">Files of samples; each is a task by the name of its file.</param>
    /// <returns>How many samples are in it.</returns>
    /// <exception cref="InputException">A line is not a sample, or there are more than 200,000.</exception>
    public static int Write(string path, IReadOnlyList<string> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        int count = 0;
        using Stream frame = typeof(SamplesPage).Assembly.GetManifestResourceStream("SamplesPage.html")!;
        string[] parts = new StreamReader(frame, Encoding.UTF8).ReadToEnd().Split("@@DATA@@");
        AtomicFile.Write(path, stream =>
        {
            stream.Write(Encoding.UTF8.GetBytes(parts[0]));
            // This encoder writes <, >, & and quotes as escapes, so that no text can end the element that the data stand in.
            using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) }))
            {
                json.WriteStartArray();
                foreach (string file in files)
                {
                    string task = TaskOf(file);
                    foreach (RecordedSample sample in RecordedSample.Read(file))
                    {
                        if (++count > MostSamples)
                            throw new InputException(file, null, $"a page takes at most {MostSamples} samples.", "Name fewer files.");
                        Write(json, task, sample);
                        if (json.BytesPending > 1 << 20)
                            json.Flush();
                    }
                }
                json.WriteEndArray();
            }
            stream.Write(Encoding.UTF8.GetBytes(parts[1]));
        });
        return count;
    }

    private static string TaskOf(string file)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        name = name.StartsWith("samples_", StringComparison.Ordinal) ? name["samples_".Length..] : name;
        int stamp = name.LastIndexOf("_20", StringComparison.Ordinal);
        return stamp > 0 && name[stamp..].Contains('T', StringComparison.Ordinal) ? name[..stamp] : name;
    }

    private static void Write(Utf8JsonWriter json, string task, RecordedSample sample)
    {
        json.WriteStartObject();
        json.WriteString("task", task);
        json.WriteNumber("id", sample.Id);
        json.WriteString("filter", sample.Filter);
        json.WriteString("target", Short(sample.Target));
        json.WriteString("scored", Short(sample.Filtered));
        // Most documents have one prompt for all choices, which then stands there once.
        bool shared = sample.Answers.Count > 0 && sample.Answers.All(answer => answer.Context == sample.Answers[0].Context);
        json.WriteString("prompt", shared ? Short(sample.Answers[0].Context) : "");
        json.WriteStartArray("answers");
        foreach (RecordedAnswer answer in sample.Answers)
        {
            json.WriteStartArray();
            json.WriteStringValue(shared ? "" : Short(answer.Context));
            json.WriteStringValue(Short(answer.Text));
            if (answer.Loglikelihood is { } value && double.IsFinite(value))
                json.WriteNumberValue(value);
            else
                json.WriteNullValue();
            json.WriteStringValue(answer.Generated is { } text ? Short(text) : null);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteStartObject("metrics");
        foreach ((string name, double value) in sample.Metrics.Where(metric => double.IsFinite(metric.Value)))
            json.WriteNumber(name, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string Short(string text) => text.Length <= LongestText ? text : text[..LongestText] + " [...]";
}
