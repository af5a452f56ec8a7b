namespace Castalia.Text.Regexes;

/// <summary>
/// Reads a pattern as Oniguruma's own syntax has it (Ruby's, with <c>\N</c> and <c>\O</c>). What tokenizers have no use for, or what no bounded
/// matching is known for, is refused by name: back-references, calls of groups, conditions, the absent operator, callouts, <c>\K</c>, <c>\X</c>.
/// </summary>
internal sealed partial class PatternReader
{
    /// <summary>The longest pattern, in UTF-16 units.</summary>
    public const int LongestPattern = 1 << 16;

    /// <summary>How deep groups may stand within each other.</summary>
    public const int DeepestNesting = 150;

    private const int MostRepeats = 10;

    private const int GreatestCount = 100_000;

    private readonly PatternCursor _cursor;

    private Options _options;
    private int _depth;
    private int _groups;
    private bool _behind;

    private PatternReader(string pattern) => _cursor = new PatternCursor(pattern);

    [Flags]
    private enum Options
    {
        None = 0,

        /// <summary>(?i).</summary>
        IgnoreCase = 1,

        /// <summary>(?m): the dot matches a newline too.</summary>
        DotAll = 2,

        /// <summary>(?x): white space and comments do not count.</summary>
        Extended = 4,
    }

    private static CodePointSet Newline { get; } = CodePointSet.Of('\n');

    /// <exception cref="PatternException">It is no pattern, or asks for what is not supported.</exception>
    public static PatternNode Read(string pattern)
    {
        if (pattern.Length > LongestPattern)
            throw new PatternException(LongestPattern, $"more than {LongestPattern} characters");
        PatternReader reader = new(pattern);
        PatternNode node = reader.ReadAlternatives();
        return reader._cursor.AtEnd ? node : throw reader._cursor.Error("a ')' without its '('");
    }

    /// <summary>Reads up to the end or to a closing parenthesis, which is left.</summary>
    private PatternNode ReadAlternatives()
    {
        if (++_depth > DeepestNesting)
            throw _cursor.Error($"groups nested more than {DeepestNesting} deep");
        List<PatternNode> options = [];
        do
            options.Add(ReadSequence());
        while (_cursor.Skip("|"));
        _depth--;
        return options.Count == 1 ? options[0] : new Alternatives(options);
    }

    private PatternNode ReadSequence()
    {
        List<PatternNode> parts = [];
        while (true)
        {
            SkipUnseen();
            if (_cursor.AtEnd || _cursor.Peek is '|' or ')')
                return Sequence.Of(parts);
            int start = _cursor.Position;
            if (TakesRepeat(start))
                throw new PatternException(start, "nothing to repeat before this");
            PatternNode node = ReadOne();
            int repeats = 0;
            for (SkipUnseen(), start = _cursor.Position; ReadCounts(out int min, out int max, out char mode); SkipUnseen(), start = _cursor.Position)
            {
                if (node is Assertion or Look)
                    throw new PatternException(start, "a condition on the place cannot be repeated");
                if (++repeats > MostRepeats)
                    throw new PatternException(start, $"more than {MostRepeats} repeats of repeats");
                node = Repeated(node, min, max, mode, start);
            }
            parts.Add(node);
        }
    }

    private PatternNode Repeated(PatternNode node, int min, int max, char mode, int start)
    {
        if (mode != '+')
            return new Repeat(node, min, max, Lazy: mode == '?');
        RefuseBehind(start, "a possessive repeat");
        return new Atomic(new Repeat(node, min, max, Lazy: false));
    }

    private bool TakesRepeat(int start)
    {
        bool takes = ReadCounts(out _, out _, out _);
        _cursor.Position = start;
        return takes;
    }

    /// <summary>Reads * + ? or {...}, and the ? or + after it that makes it lazy or possessive.</summary>
    private bool ReadCounts(out int min, out int max, out char mode)
    {
        min = max = 0;
        mode = '\0';
        switch (_cursor.Peek)
        {
            case '*':
                (min, max) = (0, Repeat.Unbounded);
                break;
            case '+':
                (min, max) = (1, Repeat.Unbounded);
                break;
            case '?':
                (min, max) = (0, 1);
                break;
            case '{':
                return ReadInterval(out min, out max, out mode);
            default:
                return false;
        }
        _cursor.Position++;
        if (_cursor.Peek is '?' or '+')
        {
            mode = _cursor.Peek;
            _cursor.Position++;
        }
        return true;
    }

    /// <summary>
    /// Reads {n}, {n,}, {,m} or {n,m}; a brace that begins none of them stands for itself. A + after it is a repeat of the repeat, and so is a ?
    /// after {n}. {m,n} with m greater than n is {n,m}, possessive.
    /// </summary>
    private bool ReadInterval(out int min, out int max, out char mode)
    {
        int start = _cursor.Position;
        mode = '\0';
        _cursor.Position++;
        min = _cursor.Number(GreatestCount);
        max = min;
        bool exact = !_cursor.Skip(",");
        if (!exact)
            max = _cursor.Number(GreatestCount);
        if ((min < 0 && max < 0) || !_cursor.Skip("}"))
        {
            _cursor.Position = start;
            return false;
        }
        if (max < 0)
            max = Repeat.Unbounded;
        min = Math.Max(min, 0);
        if (min > max)
        {
            (min, max) = (max, min);
            mode = '+';
        }
        else if (!exact && _cursor.Skip("?"))
        {
            mode = '?';
        }
        return true;
    }

    private PatternNode ReadOne()
    {
        int start = _cursor.Position;
        switch (_cursor.Peek)
        {
            case '.':
                _cursor.Position++;
                return new Characters(_options.HasFlag(Options.DotAll) ? CodePointSet.All : ~Newline);
            case '^':
                _cursor.Position++;
                return new Assertion(AssertionKind.LineStart);
            case '$':
                _cursor.Position++;
                return new Assertion(AssertionKind.LineEnd);
            case '[':
                _cursor.Position++;
                return new ClassReader(_cursor, _options.HasFlag(Options.IgnoreCase)).Read();
            case '(':
                _cursor.Position++;
                return ReadGroup(start);
            case '\\':
                _cursor.Position++;
                return ReadEscape(start);
            default:
                return Literal(_cursor.Next());
        }
    }

    private PatternNode Literal(int codePoint) =>
        _options.HasFlag(Options.IgnoreCase) ? new FoldedText([codePoint]) : new Characters(CodePointSet.Of(codePoint));

    private PatternNode ReadEscape(int start)
    {
        if (_cursor.AtEnd)
            throw new PatternException(start, "a backslash with nothing after it");
        if (ClassReader.Escaped(_cursor, bracketed: false) is { } set)
            return new Characters(set);
        char escaped = _cursor.Peek;
        AssertionKind? assertion = escaped switch
        {
            'A' => AssertionKind.TextStart,
            'z' => AssertionKind.TextEnd,
            'Z' => AssertionKind.LastLineEnd,
            'G' => AssertionKind.SearchStart,
            'b' => AssertionKind.WordBoundary,
            'B' => AssertionKind.NoWordBoundary,
            _ => null,
        };
        if (assertion is not null)
        {
            if (escaped == 'G')
                RefuseBehind(start, @"\G");
            _cursor.Position++;
            return new Assertion(assertion.Value);
        }
        switch (escaped)
        {
            case 'R':
                _cursor.Position++;
                RefuseBehind(start, @"\R");
                return GeneralNewline();
            case 'N':
                _cursor.Position++;
                return new Characters(~Newline);
            case 'O':
                _cursor.Position++;
                return new Characters(CodePointSet.All);
            case 'K':
                throw PatternCursor.Unsupported(start, @"\K (keep what came before out of the match)");
            case 'X' or 'y' or 'Y':
                throw PatternCursor.Unsupported(start, $"\\{escaped} (grapheme clusters)");
            case 'k' when _cursor.Ahead(1) is '<' or '\'':
                throw PatternCursor.Unsupported(start, @"\k (a back-reference)");
            case 'g' when _cursor.Ahead(1) is '<' or '\'':
                throw PatternCursor.Unsupported(start, @"\g (a call of a group)");
            case >= '1' and <= '9':
                RefuseBackReference(start);
                break;
        }
        return Literal(_cursor.EscapedCharacter());
    }

    /// <summary>\1 to \9, and a greater number while there are so many groups, refer to a group; else up to three octal digits are a character.</summary>
    private void RefuseBackReference(int start)
    {
        int number = _cursor.Number(GreatestCount);
        if (number <= Math.Max(9, _groups))
            throw PatternCursor.Unsupported(start, $"\\{number} (a back-reference)");
        _cursor.Position = start + 1;
    }

    private static Atomic GeneralNewline() => new(new Alternatives(
    [
        new Sequence([new Characters(CodePointSet.Of('\r')), new Characters(Newline)]),
        new Characters(CodePointSet.Of('\n', '\v', '\f', '\r', 0x85, 0x2028, 0x2029)),
    ]));

    /// <summary>Steps over comments, and over white space where that does not count.</summary>
    private void SkipUnseen()
    {
        while (true)
        {
            int start = _cursor.Position;
            if (_cursor.Skip("(?#"))
            {
                while (_cursor.Peek != ')')
                {
                    if (_cursor.AtEnd)
                        throw new PatternException(start, "a comment without its ')'");
                    _cursor.Position += _cursor.Peek == '\\' && _cursor.Length - _cursor.Position > 1 ? 2 : 1;
                }
                _cursor.Position++;
            }
            else if (_options.HasFlag(Options.Extended) && _cursor.Peek is ' ' or '\t' or '\n' or '\v' or '\f' or '\r' && !_cursor.AtEnd)
            {
                _cursor.Position++;
            }
            else if (_options.HasFlag(Options.Extended) && _cursor.Peek == '#')
            {
                while (!_cursor.AtEnd && _cursor.Peek != '\n')
                    _cursor.Position++;
            }
            else
            {
                return;
            }
        }
    }

    private void RefuseBehind(int start, string what)
    {
        if (_behind)
            throw PatternCursor.Unsupported(start, $"{what} within lookbehind");
    }
}
