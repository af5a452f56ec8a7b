namespace Castalia.Text.Regexes;

internal enum Operation : byte
{
    /// <summary>The pattern has matched up to here.</summary>
    Accept,

    /// <summary>Takes the bytes of <see cref="Instruction.Bytes"/>.</summary>
    Bytes,

    /// <summary>Takes one character of <see cref="Instruction.Class"/>.</summary>
    Character,

    /// <summary>Steps back over one character of <see cref="Instruction.Class"/>: lookbehind runs from right to left.</summary>
    CharacterBefore,

    /// <summary>Takes Min characters of Class, then as many as there are, and gives them back one by one.</summary>
    Run,

    /// <summary>Takes Min characters of Class, then as many as there are, and gives none back.</summary>
    PossessiveRun,

    /// <summary>Takes Min characters of Class, then one more whenever the rest does not match.</summary>
    LazyRun,

    /// <summary>Tries its <see cref="Instruction.Targets"/> in turn.</summary>
    Choice,

    /// <summary>Holds if the next character is one of Class; Negative: if it is not, or there is none.</summary>
    PeekNext,

    /// <summary>Holds if the character before is one of Class; Negative: if it is not, or there is none.</summary>
    PeekBefore,

    /// <summary>Holds if its <see cref="Instruction.Assertion"/> does.</summary>
    Assert,

    /// <summary>Goes on at Next if the part at Target matches, or with Negative if it does not.</summary>
    Look,

    /// <summary>The end of the part of a Look.</summary>
    LookEnd,

    /// <summary>Begins a part at Target whose first way to match is its only one.</summary>
    Atomic,

    /// <summary>The end of the part of an Atomic, which goes on at Next.</summary>
    AtomicEnd,
}

/// <summary>One step of a program; which of the fields count depends on the operation.</summary>
internal sealed class Instruction(Operation operation)
{
    public Operation Operation { get; set; } = operation;

    /// <summary>The instruction after it.</summary>
    public int Next { get; init; } = -1;

    /// <summary>Where the part of a Look or an Atomic begins.</summary>
    public int Target { get; init; } = -1;

    public bool Negative { get; init; }

    public byte[] Bytes { get; init; } = [];

    public ClassTable? Class { get; init; }

    public AssertionKind Assertion { get; init; }

    /// <summary>The characters that a run must take.</summary>
    public int Min { get; init; }

    /// <summary>How many more a run may take; <see cref="Repeat.Unbounded"/>: any number.</summary>
    public int More { get; init; }

    /// <summary>A choice's instructions, the preferred first.</summary>
    public int[] Targets { get; set; } = [];

    /// <summary>Whether it is in a lookbehind, where nothing is known of what comes next.</summary>
    public bool Backward { get; init; }

    /// <summary>For a choice, by the next byte (256: none), which of <see cref="Candidates"/> may go on. For a run, whether Next may: 1 or 0.</summary>
    public ushort[] ByByte { get; set; } = [];

    /// <summary>The targets of a choice that may go on, for the bytes that <see cref="ByByte"/> says.</summary>
    public int[][] Candidates { get; set; } = [];

    /// <summary>Its number among those whose failures are remembered.</summary>
    public int Slot { get; set; } = -1;
}
