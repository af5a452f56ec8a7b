using Castalia.Text.Unicode;

namespace Castalia.Text.Regexes;

/// <summary>
/// Runs a program over a text: follows the preferred way and, where that fails, takes back the last choice. A text whose matches take few steps
/// is matched just so. Where the steps become too many for the distance made, it begins to remember: each choice and run then leaves an
/// entry on the stack until it is known to fail, and what failed at a place is not entered there again.
/// </summary>
/// <remarks>
/// Within a Look or an Atomic (a frame) an instruction at a place can do three things: fail, so that another way within the frame is tried
/// (<see cref="FailureMemo.Failed"/>); lead to the end of that many atomic frames, after which everything fails (2 for one, 3 for two, ...); or lead to
/// the end of the innermost Look (<see cref="FailureMemo.Matched"/>). None depends on how the place was reached, so each is remembered and done again.
/// </remarks>
internal ref partial struct Backtracker
{
    // So many steps, and so many more for each byte of the way, are made before anything is remembered.
    private const int FreeSteps = 512;
    private const int StepsPerByte = 32;

    private readonly Instruction[] _code;
    private readonly PatternProgram _program;
    private readonly ReadOnlySpan<byte> _text;

    private Scratch? _scratch;
    private Entry[] _stack;
    private readonly FailureMemo _memo;
    private int _count;

    // The innermost frame's place in the stack, -1 outside of all.
    private int _frame;

    // Where to go on after a failure.
    private int _instruction;
    private int _place;

    private readonly bool _remembersAlways;
    private bool _remembers;
    private long _work;
    private long _limit;
    private int _resumed;
    private int _furthest;
    private int _accountStart;

    /// <param name="program">What to look for.</param>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="remembersAlways">Whether to remember from the first step on: slower, with the same matches.</param>
    public Backtracker(PatternProgram program, ReadOnlySpan<byte> text, bool remembersAlways)
    {
        _remembers = _remembersAlways = remembersAlways;
        _program = program;
        _code = program.Code;
        _text = text;
        _scratch = Scratch.Rent();
        _stack = _scratch.Stack;
        _memo = _scratch.Memo;
        _memo.Open(program.Slots, text.Length);
    }

    public void Dispose()
    {
        _scratch?.Return();
        _scratch = null;
    }

    /// <summary>Finds the leftmost match that begins at a place or after it.</summary>
    public bool Search(int from, out int start, out int end)
    {
        if (_program.SearchStartMatters && !_memo.IsEmpty)
            _memo.Forget(from);
        for (start = from; start <= _text.Length;)
        {
            start = _program.NextStart(_text, start);
            if (start < 0)
                break;
            Account(start);
            end = Match(start, from);
            if (end >= 0)
                return true;
            if (start == _text.Length)
                break;
            CodePoint.At(_text, start, out int length);
            start += length;
        }
        end = -1;
        return false;
    }

    // Remembering ends where the text that made it necessary ends; a lookbehind may come back to it.
    private void Account(int start)
    {
        if (_remembers)
        {
            if (start < _furthest || _program.LooksBack || _remembersAlways)
                return;
            _remembers = false;
            _memo.ForgetBefore(start);
            _work = 0;
            _accountStart = start;
        }
        _limit = FreeSteps + StepsPerByte * (long)(start - _accountStart);
    }

    /// <summary>The end of the match that begins at a place, or -1.</summary>
    private int Match(int start, int searchStart)
    {
        ReadOnlySpan<byte> text = _text;
        Instruction[] code = _code;
        int at = _program.Start, place = start;
        _count = 0;
        _frame = -1;
        _resumed = start;
        while (true)
        {
            Instruction instruction = code[at];
            switch (instruction.Operation)
            {
                case Operation.Bytes:
                    if (!text[place..].StartsWith(instruction.Bytes))
                        break;
                    place += instruction.Bytes.Length;
                    at = instruction.Next;
                    continue;

                case Operation.Character:
                    if (place == text.Length || instruction.Class!.LengthAt(text, place) is not (> 0 and var length))
                        break;
                    place += length;
                    at = instruction.Next;
                    continue;

                case Operation.CharacterBefore:
                    if (place == 0 || !instruction.Class!.Precedes(text, place, out int before))
                        break;
                    place -= before;
                    at = instruction.Next;
                    continue;

                case Operation.Choice:
                    int next = place < text.Length ? text[place] : 256;
                    int[] candidates = instruction.Candidates[instruction.ByByte[next]];
                    if (_remembers && _memo.At(instruction.Slot, place) is not FailureMemo.Unknown and var known)
                    {
                        if (Repeats(known))
                            goto Resume;
                        break;
                    }
                    if (candidates.Length > 1)
                        Push(EntryKind.Choice, at, place, 1, 0);
                    else if (candidates.Length == 0)
                        break;
                    else if (_remembers)
                        Push(EntryKind.Tried, at, place, place, 0);
                    at = candidates[0];
                    continue;

                case Operation.Run or Operation.PossessiveRun or Operation.LazyRun:
                    Outcome outcome = Take(instruction, at, place);
                    place = _place;
                    if (outcome == Outcome.Resume)
                        goto Resume;
                    if (outcome == Outcome.Fail)
                        break;
                    at = instruction.Next;
                    continue;

                case Operation.PeekNext:
                    if ((place < text.Length && instruction.Class!.LengthAt(text, place) > 0) == instruction.Negative)
                        break;
                    at = instruction.Next;
                    continue;

                case Operation.PeekBefore:
                    if ((place > 0 && instruction.Class!.Precedes(text, place, out _)) == instruction.Negative)
                        break;
                    at = instruction.Next;
                    continue;

                case Operation.Assert:
                    if (!Holds(instruction.Assertion, place, searchStart))
                        break;
                    at = instruction.Next;
                    continue;

                case Operation.Look or Operation.Atomic:
                    Push(EntryKind.Frame, at, place, _frame, 0);
                    _frame = _count - 1;
                    at = instruction.Target;
                    continue;

                case Operation.LookEnd:
                    if (LookMatched(place))
                        goto Resume;
                    break;

                case Operation.AtomicEnd:
                    AtomicMatched();
                    at = instruction.Next;
                    continue;

                case Operation.Accept:
                    return place;
            }
            if (!Fail(place))
                return -1;
        Resume:
            at = _instruction;
            place = _place;
        }
    }
}
