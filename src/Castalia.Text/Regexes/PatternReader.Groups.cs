namespace Castalia.Text.Regexes;

/// <content>What stands in parentheses: groups, lookarounds, options.</content>
internal sealed partial class PatternReader
{
    private PatternNode ReadGroup(int start)
    {
        if (_cursor.Peek == '*')
            throw PatternCursor.Unsupported(start, "a callout");
        if (!_cursor.Skip("?"))
        {
            _groups++;
            return new Group(ReadBody(start, _options));
        }
        if (_cursor.Skip(":"))
            return ReadBody(start, _options);
        if (_cursor.Skip("="))
            return ReadLook(start, behind: false, negative: false);
        if (_cursor.Skip("!"))
            return ReadLook(start, behind: false, negative: true);
        if (_cursor.Skip("<="))
            return ReadLook(start, behind: true, negative: false);
        if (_cursor.Skip("<!"))
            return ReadLook(start, behind: true, negative: true);
        if (_cursor.Skip(">"))
        {
            RefuseBehind(start, "an atomic group");
            return new Atomic(ReadBody(start, _options));
        }
        if (_cursor.Skip("<"))
            return ReadNamed(start, '>');
        if (_cursor.Skip("'"))
            return ReadNamed(start, '\'');
        return _cursor.Peek switch
        {
            '(' => throw PatternCursor.Unsupported(start, "a condition"),
            '~' => throw PatternCursor.Unsupported(start, "the absent operator"),
            '{' => throw PatternCursor.Unsupported(start, "a callout"),
            _ => ReadWithOptions(start),
        };
    }

    private Group ReadNamed(int start, char end)
    {
        string name = _cursor.Until(end, "the name of a group");
        if (name.Length == 0 || char.IsAsciiDigit(name[0]) || name.Contains(')'))
            throw new PatternException(start, $"\"{name}\" is no name for a group");
        _groups++;
        return new Group(ReadBody(start, _options));
    }

    private Look ReadLook(int start, bool behind, bool negative)
    {
        if (!behind)
            RefuseBehind(start, "lookahead");
        bool outer = _behind;
        _behind = behind;
        PatternNode body = ReadBody(start, _options);
        _behind = outer;
        return new Look(body, behind, negative);
    }

    /// <summary>Reads (?imx-imx) and (?imx-imx:...). The first holds to the end of the group around it, across its alternatives.</summary>
    private PatternNode ReadWithOptions(int start)
    {
        Options options = _options;
        bool off = false;
        for (; _cursor.Peek is not (':' or ')'); _cursor.Position++)
        {
            if (_cursor.AtEnd)
                throw new PatternException(start, "a group without its ')'");
            Options option = _cursor.Peek switch
            {
                'i' => Options.IgnoreCase,
                'm' => Options.DotAll,
                'x' => Options.Extended,
                '-' => Options.None,
                _ => throw PatternCursor.Unsupported(_cursor.Position, $"a group that begins (?...{_cursor.Peek}"),
            };
            off |= _cursor.Peek == '-';
            options = off ? options & ~option : options | option;
        }
        if (_cursor.Skip(":"))
            return new Group(ReadBody(start, options));
        _cursor.Position++;
        Options outer = _options;
        _options = options;
        PatternNode rest = ReadAlternatives();
        _options = outer;
        return rest;
    }

    private PatternNode ReadBody(int start, Options options)
    {
        Options outer = _options;
        _options = options;
        PatternNode body = ReadAlternatives();
        _options = outer;
        return _cursor.Skip(")") ? body : throw new PatternException(start, "a group without its ')'");
    }
}
