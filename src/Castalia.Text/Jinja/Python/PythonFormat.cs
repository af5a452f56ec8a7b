using System.Globalization;
using System.Text;

namespace Castalia.Text.Jinja.Python;

/// <summary>Python's two ways to fill a format: <c>'%s-%d' % values</c> and <c>'{}-{:.2f}'.format(values)</c>.</summary>
internal static class PythonFormat
{
    private const int MaxWidth = 10_000;

    public static string Percent(string format, object? values)
    {
        IReadOnlyList<object?> list = values is PythonTuple tuple ? tuple : [values];
        var output = new StringBuilder();
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                output.Append(format[i]);
                continue;
            }
            var spec = new Spec();
            i++;
            object? value = null;
            bool named = false;
            if (i < format.Length && format[i] == '(')
            {
                int close = format.IndexOf(')', i);
                if (close < 0 || !PythonMapping.Is(values) || !PythonMapping.TryGet(values!, format[(i + 1)..close], out value))
                    throw new PythonException($"KeyError: the format '{format}' asks for a name that is not there");
                named = true;
                i = close + 1;
            }
            for (; i < format.Length && format[i] is '-' or '0' or '+' or ' ' or '#'; i++)
            {
                if (format[i] == '-')
                    spec.Align = '<';
                else if (format[i] == '0')
                    spec.Fill = '0';
                else if (format[i] != '#')
                    spec.Sign = format[i];
            }
            spec.Width = Number(format, ref i) ?? 0;
            if (i < format.Length && format[i] == '.')
            {
                i++;
                spec.Precision = Number(format, ref i) ?? 0;
            }
            if (i >= format.Length)
                throw new PythonException("ValueError: incomplete format");
            if (format[i] == '%')
            {
                output.Append('%');
                continue;
            }
            if (!named)
                value = next < list.Count ? list[next++] : throw new PythonException("TypeError: not enough arguments for format string");
            spec.Kind = format[i];
            if (spec.Kind == 'r')
                (spec.Kind, value) = ('s', PythonText.Repr(value));
            else if (spec.Kind == 's')
                value = PythonText.Str(value);
            else if (spec.Kind is 'd' or 'i' && value is double real)
                (spec.Kind, value) = ('d', (long)Math.Truncate(real));
            if (spec.Align == default)
                spec.Align = spec.Fill == '0' && spec.Kind != 's' ? '=' : '>';
            output.Append(Field(value, spec));
        }
        if (next < list.Count && !PythonMapping.Is(values))
            throw new PythonException("TypeError: not all arguments converted during string formatting");
        return output.ToString();
    }

    public static string Braces(string format, IReadOnlyList<object?> arguments, IReadOnlyDictionary<string, object?> named)
    {
        var output = new StringBuilder();
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            char c = format[i];
            if (c is '{' or '}' && i + 1 < format.Length && format[i + 1] == c)
            {
                output.Append(c);
                i++;
            }
            else if (c == '{')
            {
                int close = format.IndexOf('}', i);
                if (close < 0)
                    throw new PythonException("ValueError: expected '}' before end of string");
                output.Append(Replacement(format[(i + 1)..close], arguments, named, ref next));
                i = close;
            }
            else if (c == '}')
                throw new PythonException("ValueError: Single '}' encountered in format string");
            else
                output.Append(c);
        }
        return output.ToString();
    }

    /// <summary>A value by a format specification: <c>[[fill]align][sign][0][width][,][.precision][type]</c>.</summary>
    public static string Field(object? value, string specification)
    {
        var spec = new Spec();
        int at = 0;
        if (specification.Length > 1 && specification[1] is '<' or '>' or '^' or '=')
            (spec.Fill, spec.Align, at) = (specification[0], specification[1], 2);
        else if (specification.Length > 0 && specification[0] is '<' or '>' or '^' or '=')
            (spec.Align, at) = (specification[0], 1);
        if (at < specification.Length && specification[at] is '+' or '-' or ' ')
            spec.Sign = specification[at++];
        if (at < specification.Length && specification[at] == '0' && spec.Align == default)
            (spec.Fill, spec.Align, at) = ('0', '=', at + 1);
        spec.Width = Number(specification, ref at) ?? 0;
        if (at < specification.Length && specification[at] == ',')
            (spec.Grouped, at) = (true, at + 1);
        if (at < specification.Length && specification[at] == '.')
        {
            at++;
            spec.Precision = Number(specification, ref at) ?? throw new PythonException("ValueError: Format specifier missing precision");
        }
        if (at < specification.Length)
            spec.Kind = specification[at++];
        if (at != specification.Length)
            throw new PythonException($"ValueError: Invalid format specifier '{specification}'");
        return Field(value, spec);
    }

    private static string Replacement(
        string field, IReadOnlyList<object?> arguments, IReadOnlyDictionary<string, object?> named, ref int next)
    {
        int colon = field.IndexOf(':');
        string name = colon < 0 ? field : field[..colon];
        string specification = colon < 0 ? "" : field[(colon + 1)..];
        bool repr = name.EndsWith("!r", StringComparison.Ordinal);
        if (repr || name.EndsWith("!s", StringComparison.Ordinal))
            name = name[..^2];
        object? value;
        if (name.Length == 0 || int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            int index = name.Length == 0 ? next++ : int.Parse(name, CultureInfo.InvariantCulture);
            value = index < arguments.Count ? arguments[index]
                : throw new PythonException($"IndexError: Replacement index {index} out of range for positional args tuple");
        }
        else if (!named.TryGetValue(name, out value))
            throw new PythonException($"KeyError: '{name}'");
        return Field(repr ? PythonText.Repr(value) : value, specification);
    }

    private static string Field(object? value, Spec spec)
    {
        string text;
        bool number = value is long or bool or double && spec.Kind != 's';
        if (number && (spec.Kind != default || value is not bool))
            text = NumberText(value, spec);
        else if (spec.Kind is default(char) or 's')
        {
            text = PythonText.Str(value);
            if (spec.Precision is { } most && PythonString.Length(text) > most)
                text = string.Concat(PythonString.CodePoints(text).Take(most));
        }
        else
            throw new PythonException($"ValueError: Unknown format code '{spec.Kind}' for object of type '{PythonOperators.TypeName(value)}'");
        int missing = spec.Width - PythonString.Length(text);
        if (missing <= 0)
            return text;
        char align = spec.Align != default ? spec.Align : number ? '>' : '<';
        char fill = spec.Fill == default ? ' ' : spec.Fill;
        return align switch
        {
            '<' => text + new string(align == '<' && spec.Fill == '0' && number ? ' ' : fill, missing),
            '^' => new string(fill, missing / 2) + text + new string(fill, missing - missing / 2),
            '=' when text.Length > 0 && text[0] is '-' or '+' or ' ' => text[0] + new string(fill, missing) + text[1..],
            _ => new string(fill, missing) + text,
        };
    }

    private static string NumberText(object? value, Spec spec)
    {
        string text = (spec.Kind, value) switch
        {
            (default(char), double real) when spec.Precision is null => PythonText.Float(real),
            (default(char) or 'd' or 'i' or 'n', long or bool) => PythonOperators.ToInteger(value)
                .ToString(spec.Grouped ? "N0" : "D", CultureInfo.InvariantCulture),
            ('x', long or bool) => PythonOperators.ToInteger(value).ToString("x", CultureInfo.InvariantCulture),
            ('X', long or bool) => PythonOperators.ToInteger(value).ToString("X", CultureInfo.InvariantCulture),
            ('f' or 'F', _) => Fixed(PythonOperators.ToDouble(value), spec.Precision ?? 6, spec.Grouped),
            ('%', _) => Fixed(PythonOperators.ToDouble(value) * 100, spec.Precision ?? 6, spec.Grouped) + "%",
            ('e' or 'E', _) => PythonOperators.ToDouble(value).ToString(
                $"{(spec.Precision > 0 || spec.Precision is null ? "0." + new string('0', spec.Precision ?? 6) : "0")}{spec.Kind}+00", CultureInfo.InvariantCulture),
            _ => throw new PythonException(
                $"ValueError: the format code '{spec.Kind}' for a number of type '{PythonOperators.TypeName(value)}' is not supported here"),
        };
        return spec.Sign is '+' or ' ' && text[0] != '-' ? spec.Sign + text : text;
    }

    private static string Fixed(double value, int precision, bool grouped) =>
        value.ToString($"{(grouped ? 'N' : 'F')}{precision}", CultureInfo.InvariantCulture);

    private static int? Number(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
        if (start == at)
            return null;
        return int.TryParse(text.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= MaxWidth
            ? number
            : throw new PythonException($"ValueError: a width or precision in '{text}' is over {MaxWidth}");
    }

    private struct Spec
    {
        public char Fill;
        public char Align;
        public char Sign;
        public bool Grouped;
        public int Width;
        public int? Precision;
        public char Kind;
    }
}
