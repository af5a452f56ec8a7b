namespace Castalia.Text.Regexes;

/// <summary>
/// Makes a program of a pattern. Each part is compiled once for every instruction that may follow it, last part first, so that a place in the
/// program and a place in the text are all there is to know about the rest of a match: counted repeats are written out and a loop whose body can be
/// empty has its body twice, once while it has not yet taken a character in this round and once after.
/// </summary>
internal sealed class PatternCompiler
{
    /// <summary>The most instructions of a program, a bounded run counting as often as it may repeat.</summary>
    public const int LargestProgram = 1 << 14;

    private readonly List<Instruction> _code = [];
    private readonly Dictionary<CodePointSet, ClassTable> _classes = [];
    private readonly Dictionary<Key, int> _known = [];
    private readonly Dictionary<Repeat, Repeat> _anyNumber = new(ReferenceEqualityComparer.Instance);

    private int _size;
    private int _steps;
    private bool _backward;

    private PatternCompiler()
    {
    }

    /// <exception cref="PatternException">The program would be too large.</exception>
    public static PatternProgram Compile(PatternNode pattern)
    {
        PatternCompiler compiler = new();
        int start = compiler.Emit(pattern, compiler.Add(new Instruction(Operation.Accept)));
        return new PatternProgram([.. compiler._code], start);
    }

    /// <summary>Compiles a part that goes on at <paramref name="next"/> and gives its first instruction.</summary>
    private int Emit(PatternNode node, int next)
    {
        Key key = new(node, next, -1);
        if (_known.TryGetValue(key, out int known))
            return known;
        CountStep();
        int start = node switch
        {
            Characters characters => EmitCharacter(characters.Set, next),
            FoldedText text => _backward ? EmitFoldedBackward(text, next) : EmitFolded(text, next),
            FoldedClass folded => Choose(folded.Texts.Select(text => Emit(text, next)).Prepend(EmitCharacter(folded.Set, next))),
            Sequence sequence => EmitSequence(sequence.Parts, next),
            Alternatives alternatives => Choose(alternatives.Options.Select(option => Emit(option, next))),
            Group group => Emit(group.Body, next),
            Repeat repeat => EmitRepeat(repeat, next),
            Atomic { Body: Repeat { Lazy: false, RunOf: { } set } run } when !_backward => EmitRun(Operation.PossessiveRun, set, run.Min, run.Max, next),
            Atomic atomic => Add(new Instruction(Operation.Atomic) { Target = Emit(atomic.Body, Add(new Instruction(Operation.AtomicEnd) { Next = next })) }),
            Look look => EmitLook(look, next),
            Assertion assertion => Add(new Instruction(Operation.Assert) { Assertion = assertion.Kind, Next = next, Backward = _backward }),
            _ => throw new InvalidOperationException($"no such part: {node}"),
        };
        _known[key] = start;
        return start;
    }

    /// <summary>Compiles a part that goes on at <paramref name="ifEmpty"/> when it has taken no character, else at <paramref name="next"/>.</summary>
    private int EmitEither(PatternNode node, int ifEmpty, int next)
    {
        if (!node.CanBeEmpty || ifEmpty == next)
            return Emit(node, next);
        Key key = new(node, next, ifEmpty);
        if (_known.TryGetValue(key, out int known))
            return known;
        CountStep();
        int start = node switch
        {
            Sequence sequence => EmitSequenceEither(sequence.Parts, ifEmpty, next),
            Alternatives alternatives => Choose(alternatives.Options.Select(option => EmitEither(option, ifEmpty, next))),
            Group group => EmitEither(group.Body, ifEmpty, next),
            Repeat repeat => EmitRepeatEither(repeat, ifEmpty, next),
            Atomic atomic => Add(new Instruction(Operation.Atomic)
            {
                Target = EmitEither(atomic.Body, Add(new Instruction(Operation.AtomicEnd) { Next = ifEmpty }), Add(new Instruction(Operation.AtomicEnd) { Next = next })),
            }),
            _ => Emit(node, ifEmpty),
        };
        _known[key] = start;
        return start;
    }

    private int EmitCharacter(CodePointSet set, int next)
    {
        if (!_backward && set.Single is >= 0 and var single)
            return Add(new Instruction(Operation.Bytes) { Bytes = Utf8([single]), Next = next });
        return Add(new Instruction(_backward ? Operation.CharacterBefore : Operation.Character) { Class = Table(set), Next = next, Backward = _backward });
    }

    private int EmitSequence(IReadOnlyList<PatternNode> parts, int next)
    {
        if (_backward)
            return parts.Aggregate(next, (after, part) => Emit(part, after));
        for (int end = parts.Count; end > 0;)
        {
            int start = end;
            while (start > 0 && parts[start - 1] is Characters { Set.Single: >= 0 })
                start--;
            if (end - start < 2)
            {
                next = Emit(parts[--end], next);
                continue;
            }
            byte[] bytes = Utf8(parts.Skip(start).Take(end - start).Select(part => ((Characters)part).Set.Single));
            next = Add(new Instruction(Operation.Bytes) { Bytes = bytes, Next = next });
            end = start;
        }
        return next;
    }

    private int EmitSequenceEither(IReadOnlyList<PatternNode> parts, int ifEmpty, int next)
    {
        int left = parts.Count;
        foreach (PatternNode part in _backward ? parts : parts.Reverse())
        {
            ifEmpty = EmitEither(part, ifEmpty, next);
            if (--left > 0)
                next = Emit(part, next);
        }
        return ifEmpty;
    }

    /// <summary>
    /// Each character, or where two or three in a row are what one folds to, that one. The text is cut into such rows from left to right, the
    /// longest first, as Oniguruma cuts it: "sss" is also "ßs" but not "sß".
    /// </summary>
    private int EmitFolded(FoldedText text, int next)
    {
        List<int[]> rows = [];
        for (int i = 0; i < text.Text.Length;)
        {
            int length = Math.Min(3, text.Text.Length - i);
            int[] folded = CaseFolds.Fold(text.Text.AsSpan(i, length));
            while (length > 1 && (folded.Length != length || CaseFolds.FoldingTo(folded).IsEmpty))
                folded = CaseFolds.Fold(text.Text.AsSpan(i, --length));
            rows.Add(folded);
            i += length;
        }
        for (int i = rows.Count - 1; i >= 0; i--)
        {
            int each = rows[i].Reverse().Aggregate(next, (after, folded) => EmitCharacter(CaseFolds.Equivalents(folded), after));
            next = rows[i].Length == 1 ? each : Choose([each, EmitCharacter(CaseFolds.FoldingTo(rows[i]), next)]);
        }
        return next;
    }

    /// <summary>In a lookbehind each character stands for itself alone.</summary>
    private int EmitFoldedBackward(FoldedText text, int next) =>
        text.Text.Aggregate(next, (after, character) => EmitCharacter(CaseFolds.Equivalents(character), after));

    private int EmitRepeat(Repeat repeat, int next)
    {
        if (!_backward && repeat.RunOf is { } set)
            return EmitRun(repeat.Lazy ? Operation.LazyRun : Operation.Run, set, repeat.Min, repeat.Max, next);
        int start = next;
        if (repeat.Max == Repeat.Unbounded)
        {
            Instruction loop = new(Operation.Choice) { Backward = _backward };
            start = Add(loop);
            int body = EmitEither(repeat.Body, next, start);
            loop.Targets = repeat.Lazy ? [next, body] : [body, next];
        }
        else
        {
            for (int i = repeat.Min; i < repeat.Max; i++)
                start = Optional(repeat.Lazy, Emit(repeat.Body, start), next);
        }
        return EmitTimes(repeat.Body, repeat.Min, start);
    }

    private int EmitTimes(PatternNode body, int times, int next)
    {
        for (int i = 0; i < times; i++)
            next = Emit(body, next);
        return next;
    }

    private int EmitRepeatEither(Repeat repeat, int ifEmpty, int next)
    {
        int starting = ifEmpty, going = next;
        if (repeat.Max == Repeat.Unbounded)
        {
            going = Emit(AnyNumber(repeat), next);
            starting = Optional(repeat.Lazy, EmitEither(repeat.Body, ifEmpty, going), ifEmpty);
        }
        else
        {
            for (int i = repeat.Min; i < repeat.Max; i++)
            {
                starting = Optional(repeat.Lazy, EmitEither(repeat.Body, starting, going), ifEmpty);
                going = Optional(repeat.Lazy, Emit(repeat.Body, going), next);
            }
        }
        for (int i = 0; i < repeat.Min; i++)
        {
            starting = EmitEither(repeat.Body, starting, going);
            going = Emit(repeat.Body, going);
        }
        return starting;
    }

    // The same node each time, so that it is compiled once for what follows it.
    private Repeat AnyNumber(Repeat repeat)
    {
        if (repeat.Min == 0)
            return repeat;
        if (!_anyNumber.TryGetValue(repeat, out Repeat? known))
            _anyNumber.Add(repeat, known = repeat with { Min = 0 });
        return known;
    }

    private int EmitRun(Operation operation, CodePointSet set, int min, int max, int next)
    {
        int more = max == Repeat.Unbounded ? max : max - min;
        CountSize(min + (more == Repeat.Unbounded ? 0 : more));
        return Add(new Instruction(more == 0 ? Operation.PossessiveRun : operation) { Class = Table(set), Min = min, More = more, Next = next });
    }

    private int EmitLook(Look look, int next)
    {
        if (look.Body.AsSet is { } set)
            return Add(new Instruction(look.Behind ? Operation.PeekBefore : Operation.PeekNext) { Class = Table(set), Negative = look.Negative, Next = next, Backward = _backward });
        bool outer = _backward;
        _backward = look.Behind;
        int body = Emit(look.Body, Add(new Instruction(Operation.LookEnd)));
        _backward = outer;
        return Add(new Instruction(Operation.Look) { Target = body, Negative = look.Negative, Next = next, Backward = _backward });
    }

    private int Optional(bool lazy, int body, int next) => Choose(lazy ? [next, body] : [body, next]);

    private int Choose(IEnumerable<int> targets)
    {
        int[] distinct = [.. targets.Distinct()];
        return distinct.Length == 1 ? distinct[0] : Add(new Instruction(Operation.Choice) { Targets = distinct, Backward = _backward });
    }

    private int Add(Instruction instruction)
    {
        CountSize(1);
        _code.Add(instruction);
        return _code.Count - 1;
    }

    private void CountSize(int more)
    {
        if ((_size += more) > LargestProgram)
            throw TooLarge();
    }

    // Parts that need no instruction, many times over, take time all the same.
    private void CountStep()
    {
        if (++_steps > 8 * LargestProgram)
            throw TooLarge();
        if (!System.Runtime.CompilerServices.RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new PatternException(0, "its parts are nested too deep");
    }

    private static PatternException TooLarge() => new(0, $"written out, its repeats take more than {LargestProgram} steps");

    private ClassTable Table(CodePointSet set)
    {
        if (!_classes.TryGetValue(set, out ClassTable? table))
            _classes.Add(set, table = new ClassTable(set));
        return table;
    }

    private static byte[] Utf8(IEnumerable<int> codePoints) =>
        System.Text.Encoding.UTF8.GetBytes(string.Concat(codePoints.Select(char.ConvertFromUtf32)));

    // A part, compared by which one it is and not by what is in it, with what follows it.
    private readonly record struct Key(PatternNode Node, int Next, int IfEmpty)
    {
        public bool Equals(Key other) => ReferenceEquals(Node, other.Node) && Next == other.Next && IfEmpty == other.IfEmpty;

        public override int GetHashCode() =>
            HashCode.Combine(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(Node), Next, IfEmpty);
    }
}
