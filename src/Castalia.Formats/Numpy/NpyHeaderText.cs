using System.Globalization;

namespace Castalia.Formats;

/// <summary>Reads the Python dictionary in a <c>.npy</c> header: <c>{'descr': '&lt;i4', 'fortran_order': False, 'shape': (3, 4), }</c>.</summary>
internal ref struct NpyHeaderText
{
    private readonly Func<string, InputException> _wrong;
    private ReadOnlySpan<char> _rest;

    private NpyHeaderText(string text, Func<string, InputException> wrong)
    {
        _rest = text;
        _wrong = wrong;
    }

    /// <summary>Reads the dictionary. The position of the data is the caller's to add.</summary>
    /// <param name="text">The header without its prefix.</param>
    /// <param name="wrong">Makes the exception for a problem.</param>
    public static NpyHeader Parse(string text, Func<string, InputException> wrong) => new NpyHeaderText(text, wrong).ReadDictionary();

    private NpyHeader ReadDictionary()
    {
        NpyDType? type = null;
        bool? fortran = null;
        long[]? shape = null;
        Take('{');
        while (!Try('}'))
        {
            string key = ReadString();
            Take(':');
            bool again;
            switch (key)
            {
                case "descr":
                    again = type is not null;
                    type = ReadType();
                    break;
                case "fortran_order":
                    again = fortran is not null;
                    fortran = ReadBool();
                    break;
                case "shape":
                    again = shape is not null;
                    shape = ReadTuple();
                    break;
                default:
                    throw _wrong($"expected the keys descr, fortran_order and shape, found '{Short(key)}'.");
            }
            if (again)
                throw _wrong($"the key {key} occurs twice.");
            if (!Try(','))
            {
                Take('}');
                break;
            }
        }
        if (_rest.Trim().Length > 0)
            throw _wrong("there is more after the dictionary.");
        if (type is null || fortran is null || shape is null)
            throw _wrong("expected the keys descr, fortran_order and shape, one is missing.");
        return new NpyHeader(type.Value, shape, fortran.Value, 0);
    }

    private NpyDType ReadType()
    {
        if (!_rest.TrimStart().StartsWith("'") && !_rest.TrimStart().StartsWith("\""))
            throw _wrong("expected one element type, found a structured one; save its columns as arrays of their own.");
        string descr = ReadString();
        return NpyDTypes.FromDescr(descr) ?? throw _wrong(
            descr.StartsWith('>')
                ? $"the numbers are big-endian ({Short(descr)}); save the array with .astype('<{Short(descr[1..])}')."
                : $"expected integers or floats of 8 to 64 bits, found {Short(descr)}.");
    }

    private bool ReadBool()
    {
        _rest = _rest.TrimStart();
        foreach ((string word, bool value) in (ReadOnlySpan<(string, bool)>)[("True", true), ("False", false)])
        {
            if (_rest.StartsWith(word))
            {
                _rest = _rest[word.Length..];
                return value;
            }
        }
        throw _wrong("expected True or False for fortran_order.");
    }

    private long[] ReadTuple()
    {
        var axes = new List<long>(2);
        Take('(');
        while (!Try(')'))
        {
            _rest = _rest.TrimStart();
            int digits = 0;
            while (digits < _rest.Length && char.IsAsciiDigit(_rest[digits]))
                digits++;
            if (!long.TryParse(_rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out long axis))
                throw _wrong("expected whole numbers below 2^63 in the shape.");
            axes.Add(axis);
            _rest = _rest[digits..];
            if (_rest.StartsWith("L")) // Python 2 wrote its long integers so
                _rest = _rest[1..];
            if (!Try(','))
            {
                Take(')');
                break;
            }
        }
        return [.. axes];
    }

    private string ReadString()
    {
        _rest = _rest.TrimStart();
        if (_rest.Length > 0 && _rest[0] is '\'' or '"')
        {
            int end = _rest[1..].IndexOf(_rest[0]);
            if (end >= 0)
            {
                string text = _rest.Slice(1, end).ToString();
                _rest = _rest[(end + 2)..];
                return text;
            }
        }
        throw _wrong("expected a text in quotes.");
    }

    private void Take(char wanted)
    {
        if (!Try(wanted))
            throw _wrong($"expected {wanted}, found {(_rest.IsEmpty ? "the end" : Short(_rest.ToString()))}.");
    }

    private bool Try(char wanted)
    {
        _rest = _rest.TrimStart();
        if (_rest.IsEmpty || _rest[0] != wanted)
            return false;
        _rest = _rest[1..];
        return true;
    }

    private static string Short(string text) => text.Length <= 20 ? text : text[..20] + "...";
}
