namespace Castalia.Text.Regexes;

/// <summary>The memory in which one thread matches; each thread keeps one for the next time.</summary>
internal sealed class Scratch
{
    private const int LargestKept = 1 << 16;

    [ThreadStatic]
    private static Scratch? _kept;

    /// <summary>What is left to try, and what is to be remembered when the match fails.</summary>
    public Entry[] Stack { get; private set; } = new Entry[64];

    public FailureMemo Memo { get; } = new();

    public static Scratch Rent()
    {
        Scratch scratch = _kept ?? new Scratch();
        _kept = null;
        return scratch;
    }

    public void Return()
    {
        Memo.Clear();
        if (Stack.Length > LargestKept)
            Stack = new Entry[64];
        _kept = this;
    }

    public Entry[] Grow()
    {
        Entry[] larger = new Entry[Stack.Length * 2];
        Stack.CopyTo(larger, 0);
        return Stack = larger;
    }
}

internal enum EntryKind
{
    /// <summary>A choice at place First; its candidate number Last of those for the next byte comes next.</summary>
    Choice,

    /// <summary>A run from First whose rest was last tried at Last; it took up to End.</summary>
    Run,

    /// <summary>A lazy run from First whose rest was last tried at Last; it may take End more.</summary>
    LazyRun,

    /// <summary>Nothing left to try; to be remembered for the places from First to Last.</summary>
    Tried,

    /// <summary>As Tried, in an atomic part that has matched: when this fails so do the End parts around it.</summary>
    Passed,

    /// <summary>A Look or Atomic entered at First; Last is where the frame around it is in the stack.</summary>
    Frame,
}

/// <summary>One entry of the stack; what its numbers mean depends on its kind.</summary>
internal struct Entry(EntryKind kind, int instruction, int first, int last, int end)
{
    public EntryKind Kind = kind;
    public int Instruction = instruction;
    public int First = first;
    public int Last = last;
    public int End = end;
}
