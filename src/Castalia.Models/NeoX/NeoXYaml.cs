using System.Globalization;
using System.Text;
using Castalia.Formats;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Castalia.Models;

/// <summary>
/// The values of GPT-NeoX's configuration files, several of which make one configuration. Dashes and underscores in keys are one; a list or mapping
/// is the words in it, in a row. Values are read as they are asked for.
/// </summary>
internal sealed class NeoXYaml
{
    private const int LongestFile = 1 << 20, MostEvents = 200_000, LongestList = 4096;
    private const string Remedy = "Give the configuration that the model was trained with, or its config.json in HF's layout.";

    private readonly Dictionary<string, (string Text, string File, long Line)> _values = new(StringComparer.Ordinal);
    private readonly string _files;

    private NeoXYaml(IReadOnlyList<string> files) => _files = files.Count == 1 ? files[0] : Path.GetDirectoryName(files[0])!;

    /// <summary>Reads files as one.</summary>
    /// <exception cref="InputException">One is not YAML, or two give different values to one key.</exception>
    public static NeoXYaml Read(IReadOnlyList<string> files)
    {
        var yaml = new NeoXYaml(files);
        foreach (string file in files)
            yaml.Add(file, InputFile.ReadAllText(file, LongestFile));
        return yaml;
    }

    /// <summary>Reads text as a file.</summary>
    internal static NeoXYaml Parse(string file, string text)
    {
        var yaml = new NeoXYaml([file]);
        yaml.Add(file, text);
        return yaml;
    }

    /// <summary>A whole number within bounds.</summary>
    public int Int(string key, int least, int most, int? absent = null) => !_values.TryGetValue(Normal(key), out var value)
        ? absent ?? throw new InputException(_files, key, "the key is missing.", Remedy)
        : int.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number : throw Wrong(key, $"a whole number from {least} to {most}");

    /// <summary>A finite number.</summary>
    public double Number(string key, double absent) => !_values.TryGetValue(Normal(key), out var value) ? absent
        : double.TryParse(value.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number : throw Wrong(key, "a number");

    /// <summary>True or false.</summary>
    public bool Bool(string key, bool absent) => !_values.TryGetValue(Normal(key), out var value) ? absent : value.Text switch
    {
        "true" or "True" or "TRUE" or "yes" or "on" => true,
        "false" or "False" or "FALSE" or "no" or "off" => false,
        _ => throw Wrong(key, "true or false"),
    };

    /// <summary>A word.</summary>
    public string Text(string key, string absent) => _values.TryGetValue(Normal(key), out var value) ? value.Text : absent;

    /// <summary>The error for a key whose value cannot be, or is not supported.</summary>
    public InputException Wrong(string key, string expected)
    {
        (string text, string file, long line) = _values.GetValueOrDefault(Normal(key), ("nothing", _files, 0));
        string shown = text.Length <= 60 ? text : text[..60] + "...";
        return new InputException(file, line > 0 ? $"line {line}, {key}" : key, $"expected {expected}, found '{shown}'.", Remedy);
    }

    private static string Normal(string key) => key.Replace('_', '-');

    private void Add(string file, string text)
    {
        try
        {
            // Events only: nothing is built, aliases unfold to nothing.
            var parser = new Parser(new StringReader(text));
            int depth = 0, events = 0;
            string? key = null;
            var words = new StringBuilder();
            while (parser.MoveNext())
            {
                if (++events > MostEvents)
                    throw new InputException(file, null, $"it holds more than {MostEvents} values.", Remedy);
                switch (parser.Current)
                {
                    case DocumentStart when events > 2:
                        throw new InputException(file, $"line {parser.Current.Start.Line}", "expected one YAML document, found another one.", Remedy);
                    case MappingStart or SequenceStart:
                        if (depth == 0 && parser.Current is SequenceStart)
                            throw NoMapping(file);
                        depth++;
                        break;
                    case MappingEnd or SequenceEnd:
                        if (--depth != 1)
                            break;
                        if (key is not null)
                            Set(key, words.ToString(), parser.Current.Start.Line, file);
                        key = null;
                        words.Clear();
                        break;
                    case Scalar inner when depth > 1 && words.Length < LongestList:
                        words.Append(inner.Value.AsSpan(0, Math.Min(inner.Value.Length, LongestList))).Append(' ');
                        break;
                    case Scalar when depth == 0:
                        throw NoMapping(file);
                    case Scalar scalar when depth == 1 && key is null:
                        key = scalar.Value;
                        break;
                    case Scalar scalar when depth == 1 && key is not null:
                        if (scalar.Value is not ("" or "null" or "~") || scalar.Style != ScalarStyle.Plain)
                            Set(key, scalar.Value, scalar.Start.Line, file);
                        key = null;
                        break;
                    case AnchorAlias when depth == 1:
                        key = null;
                        break;
                }
            }
        }
        catch (YamlException exception)
        {
            throw new InputException(file, $"line {exception.Start.Line}, column {exception.Start.Column}", $"it is not YAML: {exception.Message}", Remedy, exception);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            throw new InputException(file, null, $"it is not YAML: {exception.Message}", Remedy, exception);
        }
    }

    private void Set(string key, string text, long line, string file)
    {
        if (_values.TryGetValue(Normal(key), out var other) && other.Text != text && other.File != file)
            throw new InputException(file, $"line {line}, {key}", $"it is '{text}' here and '{other.Text}' in {Path.GetFileName(other.File)}.", Remedy);
        _values[Normal(key)] = (text, file, line);
    }

    private static InputException NoMapping(string file) => new(file, null, "expected keys and values, found another kind of YAML.", Remedy);
}
