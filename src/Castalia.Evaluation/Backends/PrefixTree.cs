using Castalia.Tensors;

namespace Castalia.Evaluation;

/// <summary>A sequence of which the end is scored.</summary>
/// <param name="Tokens">Context and targets.</param>
/// <param name="FirstTarget">Index of the first target, at least 1.</param>
internal readonly record struct ScoredSequence(int[] Tokens, int FirstTarget)
{
    /// <summary>What the model reads: everything but the last token, which nothing follows.</summary>
    public ReadOnlySpan<int> Input => Tokens.AsSpan(0, Tokens.Length - 1);

    /// <summary>Context and continuation; what does not fit is cut off on the left.</summary>
    /// <param name="pair">Both; the continuation has at least one token and at most as many as the model reads.</param>
    /// <param name="prefixToken">Stands for a context of nothing but white space, which has no token left to begin with.</param>
    /// <param name="maxLength">Most tokens that the model reads.</param>
    public static ScoredSequence Of(TokenPair pair, int prefixToken, int maxLength)
    {
        int[] context = pair.Context.Length > 0 ? pair.Context : [prefixToken];
        int kept = Math.Min(context.Length, maxLength + 1 - pair.Continuation.Length);
        return new ScoredSequence([.. context.AsSpan(context.Length - kept), .. pair.Continuation], kept);
    }
}

/// <summary>
/// The inputs of sequences as one tree, in which a beginning that several share stands once, laid out in the order of a depth-first walk: in
/// lexical order what shares a beginning stands together. Every node is a token that the model has to read; at some of them labels are asked for.
/// </summary>
internal sealed class PrefixTree
{
    private readonly int[] _tokens;                                      // by node
    private readonly List<(int Node, TokenRun Run)> _runs = [];
    private readonly int[] _firstTarget;                                 // by node, and one beyond: targets stand in the order of their nodes
    private readonly (int Label, int Sequence)[] _targets;

    /// <summary>Lays out the inputs of some of the sequences.</summary>
    /// <param name="sequences">All sequences.</param>
    /// <param name="chosen">Which of them; sorted here.</param>
    public PrefixTree(IReadOnlyList<ScoredSequence> sequences, int[] chosen)
    {
        Array.Sort(chosen, (a, b) => sequences[a].Input.SequenceCompareTo(sequences[b].Input) is not 0 and var difference ? difference : a.CompareTo(b));
        Longest = chosen.Max(sequence => sequences[sequence].Input.Length);
        var tokens = new List<int>();
        var targets = new List<(int Node, int Label, int Sequence)>();
        var path = new int[Longest]; // nodes of the sequence at hand
        ReadOnlySpan<int> before = [];
        foreach (int sequence in chosen)
        {
            ReadOnlySpan<int> input = sequences[sequence].Input;
            int shared = before.CommonPrefixLength(input);
            if (shared < input.Length)
                Add(tokens.Count, new TokenRun(shared, input.Length - shared), goesOn: shared == before.Length);
            for (int i = shared; i < input.Length; i++)
                path[i] = tokens.Count + i - shared;
            tokens.AddRange(input[shared..]);
            int[] all = sequences[sequence].Tokens;
            for (int i = sequences[sequence].FirstTarget; i < all.Length; i++)
                targets.Add((path[i - 1], all[i], sequence));
            before = input;
        }
        _tokens = [.. tokens];
        (_firstTarget, _targets) = ByNode(targets, _tokens.Length);
    }

    /// <summary>Tokens that have to be read.</summary>
    public int Nodes => _tokens.Length;

    /// <summary>Tokens of the longest input.</summary>
    public int Longest { get; }

    /// <summary>A part of the walk.</summary>
    /// <param name="from">The first node.</param>
    /// <param name="to">The one after the last.</param>
    /// <param name="sequences">The sequence that each label of the pass belongs to.</param>
    public TreePass Pass(int from, int to, out int[] sequences)
    {
        var runs = new List<TokenRun>();
        int first = _runs.BinarySearch((from, default), Comparer<(int Node, TokenRun Run)>.Create((a, b) => a.Node.CompareTo(b.Node)));
        for (int i = first >= 0 ? first : ~first - 1; i < _runs.Count && _runs[i].Node < to; i++)
        {
            (int node, TokenRun run) = _runs[i];
            int begin = Math.Max(node, from), end = Math.Min(node + run.Length, to);
            runs.Add(new TokenRun(run.Start + begin - node, end - begin));
        }
        var wanted = new List<int>();
        var rows = new int[_firstTarget[to] - _firstTarget[from]];
        for (int node = from, next = 0; node < to; node++)
        {
            int count = _firstTarget[node + 1] - _firstTarget[node];
            if (count == 0)
                continue;
            rows.AsSpan(next, count).Fill(wanted.Count);
            next += count;
            wanted.Add(node - from);
        }
        ReadOnlySpan<(int Label, int Sequence)> targets = _targets.AsSpan(_firstTarget[from], rows.Length);
        var labels = new int[rows.Length];
        sequences = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
            (labels[i], sequences[i]) = targets[i];
        return new TreePass(_tokens[from..to], [.. runs], [.. wanted], rows, labels);
    }

    private void Add(int node, TokenRun run, bool goesOn)
    {
        if (goesOn && _runs.Count > 0)
            _runs[^1] = (_runs[^1].Node, new TokenRun(_runs[^1].Run.Start, _runs[^1].Run.Length + run.Length));
        else
            _runs.Add((node, run));
    }

    // Counted out, so that those of a node stay in their order.
    private static (int[] First, (int, int)[] Targets) ByNode(List<(int Node, int Label, int Sequence)> targets, int nodes)
    {
        var first = new int[nodes + 1];
        foreach ((int node, _, _) in targets)
            first[node + 1]++;
        for (int node = 0; node < nodes; node++)
            first[node + 1] += first[node];
        int[] next = first[..^1];
        var sorted = new (int, int)[targets.Count];
        foreach ((int node, int label, int sequence) in targets)
            sorted[next[node]++] = (label, sequence);
        return (first, sorted);
    }
}
