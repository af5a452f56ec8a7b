using System.Runtime.CompilerServices;

namespace Castalia.Text.Training.Unigram;

/// <summary>Finds the pieces that begin at a place of a sentence: a trie whose edges are in one hash table.</summary>
internal sealed class PieceTrie
{
    private const ulong Empty = ulong.MaxValue;

    private readonly int[] _firstNodes, _nodeOf, _pieceAt;
    private ulong[] _edges;
    private int[] _children;
    private int _shift, _nodes = 1;

    /// <summary>Builds a trie of pieces, all but the first (<see cref="Piece.Unknown"/>).</summary>
    public PieceTrie(Sentences sentences, ReadOnlySpan<Piece> pieces)
    {
        int bits = System.Numerics.BitOperations.Log2((uint)pieces.Length) + 2;
        (_edges, _children, _shift) = (new ulong[1 << bits], new int[1 << bits], 64 - bits);
        Array.Fill(_edges, Empty);
        _firstNodes = new int[sentences.CharacterOf.Length];
        _nodeOf = new int[pieces.Length];
        for (int id = 1; id < pieces.Length; id++)
        {
            int node = 0;
            foreach (int symbol in sentences.Text.AsSpan(pieces[id].Start, pieces[id].Length))
                node = node == 0 ? (_firstNodes[symbol] == 0 ? _firstNodes[symbol] = _nodes++ : _firstNodes[symbol]) : Child(node, symbol);
            _nodeOf[id] = node;
        }
        _pieceAt = new int[_nodes];
        for (int id = 1; id < pieces.Length; id++)
            _pieceAt[_nodeOf[id]] = id;
    }

    /// <summary>Renumbers the pieces where some have gone.</summary>
    /// <param name="other">The trie of them all.</param>
    /// <param name="kept">The old ids of those that stay, in the new order; the first stays the first.</param>
    public PieceTrie(PieceTrie other, ReadOnlySpan<int> kept)
    {
        (_firstNodes, _edges, _children, _shift) = (other._firstNodes, other._edges, other._children, other._shift);
        _nodeOf = new int[kept.Length];
        _pieceAt = new int[other._pieceAt.Length];
        for (int id = 1; id < kept.Length; id++)
        {
            _nodeOf[id] = other._nodeOf[kept[id]];
            _pieceAt[_nodeOf[id]] = id;
        }
    }

    /// <summary>The node of a sentence's first symbol; 0 for none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int First(int symbol) => _firstNodes[symbol];

    /// <summary>The node that a symbol leads to; 0 for none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next(int node, int symbol)
    {
        int at = PlaceOf(Edge(node, symbol));
        return _edges[at] == Empty ? 0 : _children[at];
    }

    /// <summary>The piece that ends at a node; 0 for none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int PieceAt(int node) => _pieceAt[node];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Edge(int node, int symbol) => ((ulong)(uint)node << 32) | (uint)symbol;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int PlaceOf(ulong edge)
    {
        ulong[] edges = _edges;
        int at = (int)((edge * 0x9E3779B97F4A7C15) >> _shift);
        while (edges[at] != edge && edges[at] != Empty)
            at = (at + 1) & (edges.Length - 1);
        return at;
    }

    /// <summary>The node that a symbol leads to, made where there is none.</summary>
    private int Child(int node, int symbol)
    {
        int at = PlaceOf(Edge(node, symbol));
        if (_edges[at] != Empty)
            return _children[at];
        (_edges[at], _children[at]) = (Edge(node, symbol), _nodes);
        if (_nodes >= _edges.Length / 2)
            Grow();
        return _nodes++;
    }

    private void Grow()
    {
        (ulong[] edges, int[] children) = (_edges, _children);
        (_edges, _children) = (new ulong[edges.Length * 2], new int[edges.Length * 2]);
        _shift--;
        Array.Fill(_edges, Empty);
        for (int i = 0; i < edges.Length; i++)
        {
            if (edges[i] == Empty)
                continue;
            int at = PlaceOf(edges[i]);
            (_edges[at], _children[at]) = (edges[i], children[i]);
        }
    }
}
