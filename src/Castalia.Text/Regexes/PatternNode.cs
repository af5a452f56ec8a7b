namespace Castalia.Text.Regexes;

/// <summary>A part of a pattern as it was written. What is captured is not kept: nobody asks for it.</summary>
/// <param name="CanBeEmpty">Whether it may match without taking a character.</param>
internal abstract record PatternNode(bool CanBeEmpty)
{
    /// <summary>The set, where it is nothing but one character of a set.</summary>
    public virtual CodePointSet? AsSet => null;

    /// <summary>The set of which any number of it, one after the other, is any number of characters.</summary>
    public virtual CodePointSet? AsRun => AsSet;
}

/// <summary>One character of a set.</summary>
internal sealed record Characters(CodePointSet Set) : PatternNode(false)
{
    public override CodePointSet? AsSet => Set;
}

/// <summary>Literal text whose case does not count.</summary>
/// <param name="Text">The code points as they were written, one or more.</param>
internal sealed record FoldedText(int[] Text) : PatternNode(false)
{
    public override CodePointSet? AsSet => Text.Length == 1 && CaseFolds.Fold(Text).Length == 1 ? CaseFolds.Equivalents(Text[0]) : null;
}

/// <summary>A class whose case does not count and that has members which fold to two or three characters.</summary>
/// <param name="Set">One character,</param>
/// <param name="Texts">or if the rest does not match with that, one of these.</param>
internal sealed record FoldedClass(CodePointSet Set, IReadOnlyList<FoldedText> Texts) : PatternNode(false)
{
    public override CodePointSet? AsRun => Texts.All(text => text.Text.All(Set.Contains)) ? Set : null;
}

/// <summary>One after the other.</summary>
internal sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode(Parts.All(part => part.CanBeEmpty))
{
    /// <summary>
    /// The parts in a row. Sequences among them that are not groups of their own are dissolved and folded texts that meet are joined,
    /// since ß is equal to an s and the s after it.
    /// </summary>
    public static PatternNode Of(IEnumerable<PatternNode> parts)
    {
        List<PatternNode> flat = [];
        List<int> folded = [];
        foreach (PatternNode part in parts.SelectMany(part => part is Sequence sequence ? sequence.Parts : [part]))
        {
            if (part is FoldedText text)
            {
                folded.AddRange(text.Text);
                continue;
            }
            AddFolded();
            flat.Add(part);
        }
        AddFolded();
        return flat.Count == 1 ? flat[0] : new Sequence(flat);

        void AddFolded()
        {
            if (folded.Count > 0)
                flat.Add(new FoldedText([.. folded]));
            folded.Clear();
        }
    }
}

/// <summary>The first of the alternatives with which the rest matches too.</summary>
internal sealed record Alternatives(IReadOnlyList<PatternNode> Options) : PatternNode(Options.Any(option => option.CanBeEmpty));

/// <summary>A part that stays apart from its neighbours: a group that captures or has options of its own.</summary>
internal sealed record Group(PatternNode Body) : PatternNode(Body.CanBeEmpty)
{
    public override CodePointSet? AsSet => Body.AsSet;

    public override CodePointSet? AsRun => Body.AsRun;
}

/// <summary>A part several times, as often as possible or, when lazy, as seldom.</summary>
internal sealed record Repeat(PatternNode Body, int Min, int Max, bool Lazy) : PatternNode(Min == 0 || Body.CanBeEmpty)
{
    /// <summary>The maximum of a repeat without one.</summary>
    public const int Unbounded = int.MaxValue;

    /// <summary>The set, where it is nothing but a run of characters of it.</summary>
    public CodePointSet? RunOf => Max == Unbounded ? Body.AsRun : Max > 1 ? Body.AsSet : null;
}

/// <summary>A part whose first way to match is its only one.</summary>
internal sealed record Atomic(PatternNode Body) : PatternNode(Body.CanBeEmpty);

/// <summary>Whether a part matches from here, or up to here when it looks behind.</summary>
internal sealed record Look(PatternNode Body, bool Behind, bool Negative) : PatternNode(true);

/// <summary>A condition on the place alone.</summary>
internal sealed record Assertion(AssertionKind Kind) : PatternNode(true);

internal enum AssertionKind : byte
{
    /// <summary><c>^</c>: the start, or after a newline that is not the last character.</summary>
    LineStart,

    /// <summary><c>$</c>: the end, or before a newline.</summary>
    LineEnd,

    /// <summary><c>\A</c>.</summary>
    TextStart,

    /// <summary><c>\z</c>.</summary>
    TextEnd,

    /// <summary><c>\Z</c>: the end, or before a newline that is the last character.</summary>
    LastLineEnd,

    /// <summary><c>\G</c>: where the search for this match began.</summary>
    SearchStart,

    /// <summary><c>\b</c>.</summary>
    WordBoundary,

    /// <summary><c>\B</c>.</summary>
    NoWordBoundary,
}
