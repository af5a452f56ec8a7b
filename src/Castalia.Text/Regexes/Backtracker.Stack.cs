using System.Runtime.CompilerServices;

namespace Castalia.Text.Regexes;

/// <content>Runs, frames and what happens on failure.</content>
internal ref partial struct Backtracker
{
    private enum Outcome
    {
        /// <summary>Taken: on with the next instruction, at _place.</summary>
        Taken,

        /// <summary>Failed; _place is how far it came.</summary>
        Fail,

        /// <summary>On at _instruction and _place.</summary>
        Resume,
    }

    // The most atomic parts around a place for which it is remembered that it leads through them.
    private const int MostPassed = 200;

    private static ClassTable WordCharacters { get; } = new(UnicodeProperties.WordAlone);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Push(EntryKind kind, int instruction, int first, int last, int end)
    {
        if (_count == _stack.Length)
            _stack = _scratch!.Grow();
        _stack[_count++] = new Entry(kind, instruction, first, last, end);
    }

    /// <summary>Takes a run of characters.</summary>
    private Outcome Take(Instruction run, int at, int place)
    {
        ReadOnlySpan<byte> text = _text;
        ClassTable characters = run.Class!;
        for (int i = run.Min; i > 0; i--)
        {
            int length = place < text.Length ? characters.LengthAt(text, place) : 0;
            if (length == 0)
            {
                _place = place;
                return Outcome.Fail;
            }
            place += length;
        }
        _place = place;
        if (_remembers)
            return TakeRemembering(run, at, place);
        if (run.Operation == Operation.LazyRun)
        {
            Push(EntryKind.LazyRun, at, place, place, run.More);
            return CanGoOn(run, place);
        }
        int end = run.More == Repeat.Unbounded ? characters.RunEnd(text, place) : BoundedEnd(characters, place, run.More);
        _place = end;
        if (run.Operation == Operation.PossessiveRun)
            return Outcome.Taken;
        if (end > place)
            Push(EntryKind.Run, at, place, end, end);
        return CanGoOn(run, end);
    }

    private Outcome TakeRemembering(Instruction run, int at, int start)
    {
        byte known = _memo.At(run.Slot, start);
        if (known != FailureMemo.Unknown)
            return Repeats(known) ? Outcome.Resume : Outcome.Fail;
        if (run.Operation == Operation.LazyRun)
        {
            Push(EntryKind.LazyRun, at, start, start, run.More);
            return CanGoOn(run, start);
        }
        int end = start, last = start;
        if (run.More == Repeat.Unbounded)
        {
            // The run from a later place has the same end: what is known of it is known of this one.
            while (end < _text.Length && known == FailureMemo.Unknown && run.Class!.LengthAt(_text, end) is > 0 and var length)
            {
                end += length;
                known = _memo.At(run.Slot, end);
            }
            last = end;
            if (known > FailureMemo.Failed || (known == FailureMemo.Failed && run.Operation == Operation.PossessiveRun))
            {
                _memo.Set(run.Slot, start, end, known);
                return Repeats(known) ? Outcome.Resume : Outcome.Fail;
            }
        }
        else
        {
            end = BoundedEnd(run.Class!, start, run.More);
        }
        _place = end;
        if (run.Operation == Operation.PossessiveRun)
            Push(EntryKind.Tried, at, start, last, 0);
        else if (end > start)
            Push(EntryKind.Run, at, start, end, end);
        else
            Push(EntryKind.Tried, at, start, start, 0);
        return CanGoOn(run, end);
    }

    private readonly Outcome CanGoOn(Instruction run, int place) =>
        run.ByByte.Length == 0 || run.ByByte[place < _text.Length ? _text[place] : 256] != 0 ? Outcome.Taken : Outcome.Fail;

    private readonly int BoundedEnd(ClassTable characters, int place, int most)
    {
        for (; most > 0 && place < _text.Length && characters.LengthAt(_text, place) is > 0 and var length; most--)
            place += length;
        return place;
    }

    /// <summary>Goes back to what is left to try: sets _instruction and _place, or gives false when nothing is left.</summary>
    private bool Fail(int place)
    {
        Count(place, _resumed);
        while (_count > 0)
        {
            ref Entry entry = ref _stack[_count - 1];
            Instruction instruction = _code[entry.Instruction];
            switch (entry.Kind)
            {
                case EntryKind.Choice:
                    int[] candidates = instruction.Candidates[instruction.ByByte[entry.First < _text.Length ? _text[entry.First] : 256]];
                    int next = candidates[entry.Last++];
                    int from = entry.First;
                    if (entry.Last == candidates.Length)
                        LastTry(ref entry, entry.First);
                    return ResumeAt(next, from);

                case EntryKind.Run:
                    if (GiveBack(ref entry, instruction))
                        return true;
                    continue;

                case EntryKind.LazyRun:
                    if (TakeOneMore(ref entry, instruction))
                        return true;
                    continue;

                case EntryKind.Tried:
                    _memo.Set(instruction.Slot, entry.First, entry.Last, FailureMemo.Failed);
                    _count--;
                    continue;

                case EntryKind.Passed:
                    _memo.Set(instruction.Slot, entry.First, entry.Last, (byte)(FailureMemo.Failed + entry.End));
                    _count--;
                    continue;

                default:
                    _count--;
                    _frame = entry.Last;
                    if (instruction is { Operation: Operation.Look, Negative: true })
                        return ResumeAt(instruction.Next, entry.First);
                    continue;
            }
        }
        return false;
    }

    private bool ResumeAt(int instruction, int place)
    {
        _instruction = instruction;
        _place = _resumed = place;
        return true;
    }

    private void Count(int place, int from)
    {
        _work += Math.Abs(place - from) + 1;
        _furthest = Math.Max(_furthest, place);
        _remembers |= _work > _limit;
    }

    // The entry on top has nothing left after this try.
    private void LastTry(ref Entry entry, int last)
    {
        if (_remembers)
            entry = new Entry(EntryKind.Tried, entry.Instruction, entry.First, last, 0);
        else
            _count--;
    }

    /// <summary>Gives back characters of a run until the rest may match; false when there are no more, and the run has failed.</summary>
    private bool GiveBack(ref Entry entry, Instruction run)
    {
        int place = entry.Last;
        do
        {
            place--;
            while ((_text[place] & 0xC0) == 0x80)
                place--;
        }
        while (place > entry.First && run.ByByte[_text[place]] == 0);
        bool unbounded = run.More == Repeat.Unbounded;
        if (run.ByByte[_text[place]] == 0)
        {
            if (_remembers)
                _memo.Set(run.Slot, entry.First, unbounded ? entry.End : entry.First, FailureMemo.Failed);
            _count--;
            return false;
        }
        entry.Last = place;
        if (place == entry.First)
        {
            if (_remembers && unbounded)
                _memo.Set(run.Slot, entry.First + 1, entry.End, FailureMemo.Failed);
            LastTry(ref entry, entry.First);
        }
        return ResumeAt(run.Next, place);
    }

    /// <summary>Takes characters for a lazy run until the rest may match; false when there are no more, and the run has failed.</summary>
    private bool TakeOneMore(ref Entry entry, Instruction run)
    {
        bool unbounded = run.More == Repeat.Unbounded;
        int place = entry.Last;
        byte known = FailureMemo.Unknown;
        do
        {
            int length = entry.End > 0 && place < _text.Length ? run.Class!.LengthAt(_text, place) : 0;
            if (length > 0 && _remembers && unbounded)
                known = _memo.At(run.Slot, place + length);
            if (length == 0 || known == FailureMemo.Failed)
            {
                Count(place, entry.Last);
                if (_remembers)
                    _memo.Set(run.Slot, entry.First, unbounded ? place : entry.First, FailureMemo.Failed);
                _count--;
                return false;
            }
            place += length;
            if (!unbounded)
                entry.End--;
        }
        while (known == FailureMemo.Unknown && CanGoOn(run, place) != Outcome.Taken);
        entry.Last = place;
        if (known == FailureMemo.Unknown)
            return ResumeAt(run.Next, place);
        entry = new Entry(EntryKind.Tried, entry.Instruction, entry.First, place, 0);
        return Repeats(known);
    }

    /// <summary>The part of the innermost Look has matched. Gives whether to go on at _instruction; false is failure.</summary>
    private bool LookMatched(int place)
    {
        Entry frame = _stack[_frame];
        Count(place, frame.First);
        if (_remembers)
        {
            foreach (ref readonly Entry entry in _stack.AsSpan((_frame + 1)..(_count)))
                Note(entry, FailureMemo.Matched);
        }
        _count = _frame;
        _frame = frame.Last;
        Instruction look = _code[frame.Instruction];
        return ResumeAt(look.Next, frame.First) && !look.Negative;
    }

    /// <summary>The part of the innermost Atomic has matched: what was left to try in it goes.</summary>
    private void AtomicMatched()
    {
        int left = _frame;
        _frame = _stack[left].Last;
        if (_remembers)
        {
            foreach (Entry entry in _stack.AsSpan((left + 1).._count))
            {
                int passed = entry.Kind == EntryKind.Passed ? entry.End + 1 : 1;
                if (passed <= MostPassed)
                    _stack[left++] = new Entry(EntryKind.Passed, entry.Instruction, entry.First, PathEnd(entry), passed);
            }
        }
        _count = left;
    }

    /// <summary>Does again what is known to follow. Gives whether to go on at _instruction; false is failure.</summary>
    private bool Repeats(byte known)
    {
        if (known == FailureMemo.Matched)
        {
            while (_code[_stack[_frame].Instruction].Operation == Operation.Atomic)
                _frame = _stack[_frame].Last;
            return LookMatched(_stack[_frame].First);
        }
        for (byte value = known; value > FailureMemo.Failed; value--)
        {
            foreach (ref readonly Entry entry in _stack.AsSpan((_frame + 1).._count))
                Note(entry, value);
            _count = _frame;
            _frame = _stack[_count].Last;
        }
        return false;
    }

    // What is known of an entry that lies on the way to where the value holds.
    private readonly void Note(in Entry entry, byte value)
    {
        int passed = entry.Kind == EntryKind.Passed && value != FailureMemo.Matched ? entry.End : 0;
        if (entry.Kind == EntryKind.Frame || (passed > 0 && value + passed > MostPassed))
            return;
        value += (byte)passed;
        _memo.Set(_code[entry.Instruction].Slot, entry.First, PathEnd(entry), value);
    }

    /// <summary>The last place from which an entry's instruction would go the same way; the places after it in a run have failed, which is noted.</summary>
    private readonly int PathEnd(in Entry entry)
    {
        Instruction instruction = _code[entry.Instruction];
        switch (entry.Kind)
        {
            case EntryKind.Tried or EntryKind.Passed:
                return entry.Last;
            case EntryKind.Run when instruction.More == Repeat.Unbounded:
                _memo.Set(instruction.Slot, entry.Last + 1, entry.End, FailureMemo.Failed);
                return entry.Last;
            case EntryKind.LazyRun when instruction.More == Repeat.Unbounded:
                return entry.Last;
            default:
                return entry.First;
        }
    }

    private readonly bool Holds(AssertionKind assertion, int place, int searchStart) => assertion switch
    {
        AssertionKind.LineStart => place == 0 || (_text[place - 1] == '\n' && place < _text.Length),
        AssertionKind.LineEnd => place == _text.Length || _text[place] == '\n',
        AssertionKind.TextStart => place == 0,
        AssertionKind.TextEnd => place == _text.Length,
        AssertionKind.LastLineEnd => place == _text.Length || (place == _text.Length - 1 && _text[place] == '\n'),
        AssertionKind.SearchStart => place == searchStart,
        AssertionKind.WordBoundary => IsWordBoundary(place),
        _ => !IsWordBoundary(place),
    };

    private readonly bool IsWordBoundary(int place) =>
        (place > 0 && WordCharacters.Precedes(_text, place, out _)) != (place < _text.Length && WordCharacters.LengthAt(_text, place) > 0);
}
