namespace Castalia.Text.Training.Unigram;

/// <summary>
/// All ways to cut one sentence into pieces, as a graph: the nodes are the pieces at their places, in order of where they begin and then of
/// length. Reused for one sentence after the other. Sums run in HF's order, so that scores are the same but for the order of sentences.
/// </summary>
internal sealed class Lattice
{
    /// <summary>What a character without a piece costs beyond the least probable piece.</summary>
    private const double UnknownPenalty = 10;

    private readonly List<Node> _nodes = [];
    private int[] _firstNode = new int[64];
    private double[] _forward = new double[64], _backward = new double[64];
    private int[] _best = new int[64];

    /// <summary>How many symbols the sentence has.</summary>
    public int Length { get; private set; }

    /// <summary>The nodes, and from where in them those that begin at each place.</summary>
    public ReadOnlySpan<Node> Nodes => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_nodes);

    /// <summary>Fills it with the pieces of a sentence; characters without a piece become <see cref="Piece.Unknown"/>.</summary>
    public void Fill(ReadOnlySpan<int> sentence, PieceModel model)
    {
        _nodes.Clear();
        Length = sentence.Length;
        if (_firstNode.Length <= Length + 1)
        {
            int size = Math.Max(Length + 2, _firstNode.Length * 2);
            (_firstNode, _forward, _backward, _best) = (new int[size], new double[size], new double[size], new int[size]);
        }
        PieceTrie trie = model.Trie;
        double unknownScore = model.LeastScore - UnknownPenalty;
        for (int begin = 0; begin < sentence.Length; begin++)
        {
            _firstNode[begin] = _nodes.Count;
            int node = trie.First(sentence[begin]);
            bool single = node != 0 && trie.PieceAt(node) != 0;
            for (int end = begin + 1; node != 0; end++)
            {
                int piece = trie.PieceAt(node);
                if (piece != 0)
                    _nodes.Add(new Node(begin, end, piece, model.Pieces[piece].Score));
                node = end < sentence.Length ? trie.Next(node, sentence[end]) : 0;
            }
            if (!single)
                _nodes.Add(new Node(begin, begin + 1, 0, unknownScore));
        }
        _firstNode[Length] = _nodes.Count;
    }

    /// <summary>Adds to each piece's count how often it is expected in the sentence, times how often that occurs.</summary>
    /// <returns>The logarithm of the sentence's probability.</returns>
    public double AddExpected(double times, double[] expected)
    {
        ReadOnlySpan<Node> nodes = Nodes;
        Array.Fill(_forward, double.NegativeInfinity, 0, Length + 1);
        _forward[0] = 0;
        foreach (ref readonly Node node in nodes)
            _forward[node.End] = LogOfSum(_forward[node.End], node.Score + _forward[node.Begin]);
        _backward[Length] = 0;
        for (int begin = Length - 1; begin >= 0; begin--)
        {
            double sum = double.NegativeInfinity;
            foreach (ref readonly Node node in nodes[_firstNode[begin].._firstNode[begin + 1]])
                sum = LogOfSum(sum, node.Score + _backward[node.End]);
            _backward[begin] = sum;
        }
        double all = _forward[Length];
        foreach (ref readonly Node node in nodes)
            expected[node.Piece] += times * Math.Exp(_forward[node.Begin] + node.Score + _backward[node.End] - all);
        return all;
    }

    /// <summary>The most probable way, as indices of nodes from last to first; of equally probable ones that with the longer last piece.</summary>
    public void Best(List<int> path)
    {
        FindBest();
        path.Clear();
        for (int end = Length; end > 0; end = _nodes[path[^1]].Begin)
            path.Add(_best[end]);
    }

    /// <summary>The pieces of the two most probable ways. Equally probable ones come in the order of HF's heap.</summary>
    /// <returns>Null for what does not exist.</returns>
    public (int[]? First, int[]? Second) BestTwo()
    {
        FindBest();
        int[]? first = null;
        HypothesisHeap agenda = new();
        agenda.Push(new Hypothesis(Hypothesis.End, null, 0, 0));
        while (agenda.Count > 0)
        {
            Hypothesis top = agenda.Pop();
            if (top.Node == Hypothesis.Beginning)
            {
                if (first is not null)
                    return (first, PiecesOf(top.Next));
                first = PiecesOf(top.Next);
                continue;
            }
            int place = top.Node == Hypothesis.End ? Length : _nodes[top.Node].Begin;
            if (place == 0)
                agenda.Push(new Hypothesis(Hypothesis.Beginning, top, top.Cost, top.Cost));
            for (int i = 0; i < _firstNode[place]; i++)
            {
                Node node = _nodes[i];
                if (node.End == place)
                    agenda.Push(new Hypothesis(i, top, _forward[node.Begin] + node.Score + top.Cost, node.Score + top.Cost));
            }
            agenda.Shrink();
        }
        return (first, null);

        int[] PiecesOf(Hypothesis? hypothesis)
        {
            List<int> pieces = [];
            for (; hypothesis is { Node: >= 0 }; hypothesis = hypothesis.Next)
                pieces.Add(_nodes[hypothesis.Node].Piece);
            return [.. pieces];
        }
    }

    /// <summary>For each place the best score of what is before it, and the node that ends there.</summary>
    private void FindBest()
    {
        Array.Fill(_forward, double.NegativeInfinity, 0, Length + 1);
        _forward[0] = 0;
        ReadOnlySpan<Node> nodes = Nodes;
        for (int i = 0; i < nodes.Length; i++)
        {
            double score = _forward[nodes[i].Begin] + nodes[i].Score;
            if (score > _forward[nodes[i].End])
                (_forward[nodes[i].End], _best[nodes[i].End]) = (score, i);
        }
    }

    private static double LogOfSum(double x, double y)
    {
        (double less, double more) = x > y ? (y, x) : (x, y);
        return more > less + 50 ? more : more + Math.Log(Math.Exp(less - more) + 1);
    }

    /// <summary>A piece at a place.</summary>
    internal readonly record struct Node(int Begin, int End, int Piece, double Score);
}
