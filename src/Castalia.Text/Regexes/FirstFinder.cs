namespace Castalia.Text.Regexes;

/// <summary>Finds for each instruction with what the text may go on if the program is to go on from there. Too much at worst, never too little.</summary>
internal sealed class FirstFinder(Instruction[] code)
{
    // Beyond so many numbers in all sets nothing more is found out, so that hostile patterns stay cheap.
    private const int Budget = 1 << 22;

    private readonly FirstCharacters?[] _found = new FirstCharacters?[code.Length];
    private readonly Dictionary<CodePointSet, CodePointSet> _sets = [];

    private int _spent;

    public FirstCharacters Of(int start)
    {
        Stack<int> open = new([start]);
        while (open.TryPeek(out int at))
        {
            if (_found[at] is not null)
            {
                open.Pop();
                continue;
            }
            bool ready = true;
            foreach (int needed in Needs(code[at]))
            {
                if (_found[needed] is null)
                {
                    open.Push(needed);
                    ready = false;
                }
            }
            if (!ready)
                continue;
            _found[at] = _spent > Budget ? FirstCharacters.Anything : Shared(Find(code[at]));
            open.Pop();
        }
        return _found[start]!.Value;
    }

    // What can go on without a character taken leads nowhere in a circle: the compiler sees to it.
    private static ReadOnlySpan<int> Needs(Instruction instruction) => instruction.Operation switch
    {
        _ when instruction.Backward => [],
        Operation.Choice => instruction.Targets,
        Operation.Run or Operation.PossessiveRun or Operation.LazyRun => instruction.Min == 0 ? new int[] { instruction.Next } : [],
        Operation.PeekNext or Operation.PeekBefore or Operation.Assert or Operation.Look => new int[] { instruction.Next },
        Operation.Atomic => new int[] { instruction.Target },
        _ => [],
    };

    private FirstCharacters Find(Instruction instruction)
    {
        if (instruction.Backward)
            return FirstCharacters.Anything;
        FirstCharacters next = instruction.Next >= 0 && _found[instruction.Next] is { } known ? known : FirstCharacters.Anything;
        switch (instruction.Operation)
        {
            case Operation.Bytes:
                return new(CodePointSet.Of(Unicode.CodePoint.At(instruction.Bytes, 0, out _)), false);
            case Operation.Character:
                return new(instruction.Class!.Set, false);
            case Operation.Run or Operation.PossessiveRun or Operation.LazyRun when instruction.Min > 0:
                return new(instruction.Class!.Set, false);
            case Operation.Run or Operation.PossessiveRun or Operation.LazyRun:
                return next with { Characters = instruction.Class!.Set | next.Characters };
            case Operation.Choice:
                FirstCharacters[] targets = [.. instruction.Targets.Select(target => _found[target]!.Value)];
                return new(CodePointSet.Union([.. targets.Select(target => target.Characters)]), targets.Any(target => target.AtEnd));
            case Operation.PeekNext when instruction.Negative:
                return next with { Characters = next.Characters & ~instruction.Class!.Set };
            case Operation.PeekNext:
                return new(next.Characters & instruction.Class!.Set, false);
            case Operation.Assert:
                return Assert(instruction.Assertion, next);
            case Operation.PeekBefore or Operation.Look:
                return next;
            case Operation.Atomic:
                return _found[instruction.Target]!.Value;
            default:
                // What follows an atomic part has no say in how the part matches.
                return FirstCharacters.Anything;
        }
    }

    private static FirstCharacters Assert(AssertionKind assertion, FirstCharacters next) => assertion switch
    {
        AssertionKind.TextEnd => next with { Characters = CodePointSet.Empty },
        AssertionKind.LineEnd or AssertionKind.LastLineEnd => next with { Characters = next.Characters & CodePointSet.Of('\n') },
        _ => next,
    };

    // Equal sets once.
    private FirstCharacters Shared(FirstCharacters first)
    {
        if (_sets.TryGetValue(first.Characters, out CodePointSet? set))
            return first with { Characters = set };
        _spent += first.Characters.Ends.Length;
        _sets.Add(first.Characters, first.Characters);
        return first;
    }
}
