using System.Buffers;

namespace Castalia.Text.Regexes;

/// <summary>A compiled pattern.</summary>
internal sealed class PatternProgram
{
    // The bytes with which a match can begin, null where it may be empty or nothing can be said.
    private readonly SearchValues<byte>? _starts;

    public PatternProgram(Instruction[] code, int start)
    {
        Code = code;
        Start = start;
        FirstFinder firsts = new(code);
        Dictionary<CodePointSet, ushort[]> going = [];
        foreach (Instruction instruction in code)
        {
            if (instruction.Operation == Operation.Choice)
                FindCandidates(instruction, firsts);
            else if (instruction.Operation is Operation.Run or Operation.LazyRun)
                FindContinuation(instruction, firsts.Of(instruction.Next), going);
            if (instruction.Operation is Operation.Choice or Operation.Run or Operation.LazyRun or Operation.PossessiveRun)
                instruction.Slot = Slots++;
            LooksBack |= instruction.Operation == Operation.CharacterBefore;
            SearchStartMatters |= instruction is { Operation: Operation.Assert, Assertion: AssertionKind.SearchStart };
        }
        bool[] starts = firsts.Of(start).ByByte();
        if (!starts[256])
            _starts = SearchValues.Create([.. Enumerable.Range(0, 256).Where(i => starts[i]).Select(i => (byte)i)]);
    }

    public Instruction[] Code { get; }

    /// <summary>The first instruction.</summary>
    public int Start { get; }

    /// <summary>How many instructions have failures to remember.</summary>
    public int Slots { get; }

    /// <summary>Whether there is a <c>\G</c> in it.</summary>
    public bool SearchStartMatters { get; }

    /// <summary>Whether there is a lookbehind of more than one character in it.</summary>
    public bool LooksBack { get; }

    /// <summary>The next place, from one on, where a match can begin; -1 when there is none.</summary>
    public int NextStart(ReadOnlySpan<byte> text, int from)
    {
        if (_starts is null)
            return from;
        int skipped = text[from..].IndexOfAny(_starts);
        return skipped < 0 ? -1 : from + skipped;
    }

    private static void FindCandidates(Instruction choice, FirstFinder firsts)
    {
        choice.ByByte = new ushort[257];
        if (choice.Backward)
        {
            choice.Candidates = [choice.Targets];
            return;
        }
        bool[][] possible = [.. choice.Targets.Select(target => firsts.Of(target).ByByte())];
        Dictionary<string, ushort> known = [];
        List<int[]> candidates = [];
        for (int next = 0; next <= 256; next++)
        {
            int[] going = [.. Enumerable.Range(0, possible.Length).Where(i => possible[i][next])];
            string key = string.Join(' ', going);
            if (!known.TryGetValue(key, out ushort number))
            {
                known.Add(key, number = (ushort)candidates.Count);
                candidates.Add([.. going.Select(i => choice.Targets[i])]);
            }
            choice.ByByte[next] = number;
        }
        choice.Candidates = [.. candidates];
    }

    /// <summary>
    /// Where what follows a run cannot begin with a character of it, it can only follow the whole run: there is nothing to give back or to wait for.
    /// </summary>
    private static void FindContinuation(Instruction run, FirstCharacters next, Dictionary<CodePointSet, ushort[]> known)
    {
        if (run.More == Repeat.Unbounded && !next.Characters.Overlaps(run.Class!.Set))
            run.Operation = Operation.PossessiveRun;
        if (!known.TryGetValue(next.Characters, out ushort[]? byByte) || byByte[256] != (next.AtEnd ? 1 : 0))
            known[next.Characters] = byByte = [.. next.ByByte().Select(possible => (ushort)(possible ? 1 : 0))];
        run.ByByte = byByte;
    }
}
