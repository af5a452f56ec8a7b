namespace Castalia.Evaluation;

/// <summary>The fewest edits between two sequences of words where a run of words may be shifted at the cost of one, by Tercom's greedy search.</summary>
internal static class TerAlignment
{
    private const int MaxShiftLength = 10;
    private const int MaxShiftDistance = 50;
    private const int MaxCandidates = 1000;

    /// <summary>Shifts and edits that make the words the reference.</summary>
    public static int Edits(string[] words, string[] reference)
    {
        if (reference.Length == 0)
            return words.Length;
        int shifts = 0, candidates = 0;
        while (true)
        {
            var distance = new BeamEditDistance(words, reference);
            string[]? shifted = BestShift(distance, words, reference, ref candidates);
            // The search ends where it has tried enough, even if the last shift would help.
            if (candidates >= MaxCandidates || shifted is null)
                return shifts + distance.Cost;
            shifts++;
            words = shifted;
        }
    }

    /// <summary>The words after the shift that saves most; null if none saves anything.</summary>
    private static string[]? BestShift(BeamEditDistance distance, string[] words, string[] reference, ref int candidates)
    {
        var alignment = new TerTrace(distance.Trace());
        (int Saved, int Length, int Start, int Target) best = default;
        string[]? shifted = null;
        foreach ((int start, int at, int length) in SharedRuns(words, reference))
        {
            if (!alignment.IsWrong(start, length) || !alignment.ReferenceIsWrong(at, length))
                continue;
            if (alignment.PositionOf(at) is { } aligned && start <= aligned && aligned < start + length)
                continue;
            int previous = -1;
            for (int offset = -1; offset < length; offset++)
            {
                int target = 0;
                if (at + offset != -1)
                {
                    if (alignment.PositionOf(at + offset) is not { } position)
                        break;
                    target = position + 1;
                }
                if (target == previous)
                    continue;
                previous = target;
                string[] moved = Shifted(words, start, length, target);
                // Greatest saving first, then the longest run, the earliest start and the earliest target.
                var candidate = (distance.Cost - distance.CostOf(moved, Math.Min(start, target)), length, -start, -target);
                candidates++;
                if (shifted is null || candidate.CompareTo(best) > 0)
                {
                    best = candidate;
                    shifted = moved;
                }
            }
            if (candidates >= MaxCandidates)
                break;
        }
        return best.Saved > 0 ? shifted : null;
    }

    private static IEnumerable<(int Start, int At, int Length)> SharedRuns(string[] words, string[] reference)
    {
        for (int start = 0; start < words.Length; start++)
        {
            for (int at = Math.Max(0, start - MaxShiftDistance); at < Math.Min(reference.Length, start + MaxShiftDistance + 1); at++)
            {
                for (int length = 0; length < MaxShiftLength && start + length < words.Length && at + length < reference.Length
                    && words[start + length] == reference[at + length]; length++)
                    yield return (start, at, length + 1);
            }
        }
    }

    private static string[] Shifted(string[] words, int start, int length, int target)
    {
        if (target < start)
            return [.. words[..target], .. words[start..(start + length)], .. words[target..start], .. words[(start + length)..]];
        if (target > start + length)
            return [.. words[..start], .. words[(start + length)..target], .. words[start..(start + length)], .. words[target..]];
        // Python's slices end where the words do.
        int end = Math.Min(words.Length, length + target);
        return [.. words[..start], .. words[(start + length)..Math.Max(start + length, end)], .. words[start..(start + length)], .. words[end..]];
    }

    /// <summary>Which word stands against which, and which positions are wrong, read from a trace of edits.</summary>
    private sealed class TerTrace
    {
        private readonly List<int> _positions = [];
        private readonly List<bool> _wrong = [];
        private readonly List<bool> _referenceWrong = [];

        // The trace makes the reference of the words; the alignment is of the way back, so what it inserts is left out there.
        public TerTrace(IEnumerable<Edit> trace)
        {
            int position = -1;
            foreach (Edit edit in trace)
            {
                if (edit != Edit.Insert)
                {
                    position++;
                    _wrong.Add(edit != Edit.None);
                }
                if (edit != Edit.Delete)
                {
                    _positions.Add(position);
                    _referenceWrong.Add(edit != Edit.None);
                }
            }
        }

        public int? PositionOf(int reference) => reference < _positions.Count ? _positions[reference] : null;

        public bool IsWrong(int start, int length) => _wrong.GetRange(start, length).Contains(true);

        public bool ReferenceIsWrong(int start, int length) => _referenceWrong.GetRange(start, length).Contains(true);
    }
}
