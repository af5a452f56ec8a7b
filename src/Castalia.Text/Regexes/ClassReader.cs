namespace Castalia.Text.Regexes;

/// <summary>
/// Reads a bracketed class by Oniguruma's rules: ranges, escapes, properties, <c>[:name:]</c>, classes within classes, <c>&amp;&amp;</c> for what
/// is in both sides. <c>^</c> binds last.
/// </summary>
internal sealed class ClassReader(PatternCursor cursor, bool ignoreCase)
{
    /// <summary>How deep classes may stand within each other.</summary>
    private const int DeepestNesting = 100;

    private const int LongestPosixName = 20;

    // What came last, and what a hyphen after it means.
    private enum State
    {
        Start,
        Value,
        Property,
        Range,
        Complete,
    }

    /// <summary>Reads a class, its opening bracket being read, to its end.</summary>
    public PatternNode Read()
    {
        CodePointSet set = Members(0, out bool negated);
        if (!ignoreCase)
            return new Characters(negated ? ~set : set);
        CodePointSet closure = CaseFolds.Closure(set);
        if (negated)
            return new Characters(~closure);
        FoldedText[] texts = [.. CaseFolds.LongFoldsOf(set).Select(text => new FoldedText(text))];
        return texts.Length == 0 ? new Characters(closure) : new FoldedClass(closure, texts);
    }

    /// <summary>The set of <c>\d \w \s \h</c>, their negations and <c>\p{...}</c>, after the backslash; null when it is none of them.</summary>
    /// <param name="cursor">Where to read.</param>
    /// <param name="bracketed">Whether it is in a bracketed class.</param>
    public static CodePointSet? Escaped(PatternCursor cursor, bool bracketed)
    {
        CodePointSet word = bracketed ? UnicodeProperties.Word : UnicodeProperties.WordAlone;
        CodePointSet? set = cursor.Peek switch
        {
            'd' => UnicodeProperties.Digit,
            'D' => ~UnicodeProperties.Digit,
            'w' => word,
            'W' => ~word,
            's' => UnicodeProperties.Space,
            'S' => ~UnicodeProperties.Space,
            'h' => UnicodeProperties.HexDigit,
            'H' => ~UnicodeProperties.HexDigit,
            _ => null,
        };
        if (set is not null)
            cursor.Position++;
        else if (cursor.Peek is 'p' or 'P' && cursor.Ahead(1) == '{')
            set = Property(cursor, word);
        return set;
    }

    private static CodePointSet Property(PatternCursor cursor, CodePointSet word)
    {
        bool negated = cursor.Peek == 'P';
        cursor.Position += 2;
        negated ^= cursor.Skip("^");
        int start = cursor.Position;
        string name = cursor.Until('}', "a property");
        CodePointSet set = UnicodeProperties.Find(name)
            ?? throw new PatternException(start, $"no property \"{name}\" is known (general categories, scripts, In_ and a block, common binary properties are)");
        if (ReferenceEquals(set, UnicodeProperties.Word))
            set = word;
        return negated ? ~set : set;
    }

    /// <summary>What is written between the brackets. For an inner class <paramref name="negated"/> is already taken into account.</summary>
    private CodePointSet Members(int depth, out bool negated)
    {
        int start = cursor.Position - 1;
        if (depth == DeepestNesting)
            throw new PatternException(start, $"classes nested more than {DeepestNesting} deep");
        negated = cursor.Skip("^");
        List<int> ends = [];
        CodePointSet? others = null;
        State state = State.Start;
        int value = -1;

        void Flush()
        {
            if (state == State.Value)
                ends.AddRange([value, value]);
        }

        void AddSet(CodePointSet set, State next)
        {
            Flush();
            ends.AddRange(set.Ends);
            state = next;
        }

        if (cursor.Peek == ']' && !ClosesLater())
            throw new PatternException(start, "a class without members");
        for (bool first = true; first || cursor.Peek != ']'; first = false)
        {
            if (cursor.AtEnd)
                throw new PatternException(start, "a class without its ']'");
            int at = cursor.Position;
            if (cursor.Peek == '[' && PosixBracket() is { } posix)
            {
                RefuseAsRangeEnd(state, at);
                AddSet(posix, State.Property);
            }
            else if (cursor.Skip("["))
            {
                CodePointSet inner = Members(depth + 1, out bool innerNegated);
                AddSet(innerNegated ? ~inner : inner, State.Complete);
            }
            else if (cursor.Skip("&&"))
            {
                Flush();
                others = And(others, ends);
                ends = [];
                state = State.Start;
            }
            else if (cursor.Peek == '-' && StartsRange(state, at))
            {
                cursor.Position++;
                state = State.Range;
            }
            else
            {
                CodePointSet? set = null;
                if (cursor.Skip(@"\"))
                {
                    if (cursor.AtEnd)
                        throw new PatternException(at, "a backslash with nothing after it");
                    set = Escaped(cursor, bracketed: true);
                }
                if (set is not null)
                {
                    RefuseAsRangeEnd(state, at);
                    AddSet(set, State.Property);
                    continue;
                }
                int next = cursor.Position == at ? cursor.Next() : cursor.Skip("b") ? '\b' : cursor.EscapedCharacter();
                if (state == State.Range)
                {
                    if (value > next)
                        throw new PatternException(at, "a range that ends before it starts");
                    ends.AddRange([value, next]);
                    state = State.Complete;
                    continue;
                }
                Flush();
                value = next;
                state = State.Value;
            }
        }
        Flush();
        cursor.Position++;
        return And(others, ends);
    }

    private static CodePointSet And(CodePointSet? others, List<int> ends) =>
        others is null ? CodePointSet.Union(ends) : others & CodePointSet.Union(ends);

    private static void RefuseAsRangeEnd(State state, int at)
    {
        if (state == State.Range)
            throw new PatternException(at, "a set at the end of a range");
    }

    /// <summary>Whether the hyphen that comes next stands between the ends of a range; otherwise it stands for itself.</summary>
    private bool StartsRange(State state, int at)
    {
        bool last = cursor.Ahead(1) == ']' || (cursor.Ahead(1) == '&' && cursor.Ahead(2) == '&');
        if (state == State.Property && !last)
            throw new PatternException(at, "a set at the start of a range");
        return state == State.Value && !last;
    }

    /// <summary>Reads <c>[:name:]</c>, or gives null when what comes next is not of that form.</summary>
    private CodePointSet? PosixBracket()
    {
        if (cursor.Ahead(1) != ':')
            return null;
        bool negated = cursor.Ahead(2) == '^';
        int length = negated ? 3 : 2, start = length;
        while (length - start < LongestPosixName && char.IsAsciiLetter(cursor.Ahead(length)))
            length++;
        if (cursor.Ahead(length) != ':' || cursor.Ahead(length + 1) != ']')
            return null;
        Span<char> name = stackalloc char[length - start];
        for (int i = 0; i < name.Length; i++)
            name[i] = cursor.Ahead(start + i);
        CodePointSet set = UnicodeProperties.FindPosix(name) ?? throw cursor.Error($"no class [:{name}:] is known");
        cursor.Position += length + 2;
        return negated ? ~set : set;
    }

    /// <summary>Whether another bracket closes the class whose first character is one.</summary>
    private bool ClosesLater()
    {
        for (int i = 1; cursor.Position + i < cursor.Length; i++)
        {
            if (cursor.Ahead(i) == '\\')
                i++;
            else if (cursor.Ahead(i) == ']')
                return true;
        }
        return false;
    }
}
