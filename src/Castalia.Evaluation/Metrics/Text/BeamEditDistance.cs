namespace Castalia.Evaluation;

/// <summary>Edit distance of words within a beam around the diagonal, as Tercom limits it.</summary>
internal sealed class BeamEditDistance
{
    private const int BeamWidth = 25;
    private const int Infinity = int.MaxValue / 2;

    private readonly string[] _reference;
    private readonly int[,] _costs;
    private readonly Edit[,] _edits;
    private readonly int[,] _scratch;
    private readonly double _ratio;
    private readonly int _beam;
    private readonly int _length;

    /// <summary>The distance of words from a reference that has at least one.</summary>
    public BeamEditDistance(string[] words, string[] reference)
    {
        _reference = reference;
        _length = words.Length;
        _ratio = words.Length > 0 ? (double)reference.Length / words.Length : 1;
        _beam = BeamWidth < _ratio / 2 ? (int)Math.Ceiling(_ratio / 2 + BeamWidth) : BeamWidth;
        _costs = new int[_length + 1, reference.Length + 1];
        _scratch = new int[_length + 1, reference.Length + 1];
        _edits = new Edit[_length + 1, reference.Length + 1];
        for (int j = 0; j <= reference.Length; j++)
        {
            _costs[0, j] = j;
            _edits[0, j] = Edit.Insert;
        }
        Fill(words, 0, _costs, _edits);
    }

    /// <summary>The number of edits.</summary>
    public int Cost => _costs[_length, _reference.Length];

    /// <summary>The number of edits of as many words that differ from the own ones only from a position on.</summary>
    public int CostOf(string[] words, int from)
    {
        for (int j = 0; j <= _reference.Length; j++)
            _scratch[from, j] = _costs[from, j];
        Fill(words, from, _scratch, null);
        return _scratch[_length, _reference.Length];
    }

    /// <summary>The edits that make the reference of the words, in order.</summary>
    public IEnumerable<Edit> Trace()
    {
        var trace = new List<Edit>();
        for (int i = _length, j = _reference.Length; i > 0 || j > 0;)
        {
            Edit edit = _edits[i, j];
            trace.Add(edit);
            i -= edit == Edit.Insert ? 0 : 1;
            j -= edit == Edit.Delete ? 0 : 1;
        }
        trace.Reverse();
        return trace;
    }

    // Of equal edits none and substitution come before deletion, and that before insertion.
    private void Fill(string[] words, int from, int[,] costs, Edit[,]? edits)
    {
        int width = _reference.Length + 1;
        for (int i = from + 1; i <= _length; i++)
        {
            int diagonal = (int)Math.Floor(i * _ratio);
            int first = Math.Max(0, diagonal - _beam), end = i == _length ? width : Math.Min(width, diagonal + _beam);
            for (int j = 0; j < width; j++)
            {
                int cost = Infinity;
                Edit edit = Edit.Substitute;
                if (j >= first && j < end)
                {
                    if (j > 0)
                    {
                        bool same = words[i - 1] == _reference[j - 1];
                        cost = Math.Min(Infinity, costs[i - 1, j - 1] + (same ? 0 : 1));
                        edit = same ? Edit.None : Edit.Substitute;
                    }
                    if (costs[i - 1, j] + 1 < cost)
                        (cost, edit) = (costs[i - 1, j] + 1, Edit.Delete);
                    if (j > 0 && costs[i, j - 1] + 1 < cost)
                        (cost, edit) = (costs[i, j - 1] + 1, Edit.Insert);
                }
                costs[i, j] = cost;
                if (edits is not null)
                    edits[i, j] = edit;
            }
        }
    }
}

/// <summary>One step of turning words into others.</summary>
internal enum Edit
{
    /// <summary>The word stays.</summary>
    None,

    /// <summary>Another word takes its place.</summary>
    Substitute,

    /// <summary>A word is put in.</summary>
    Insert,

    /// <summary>The word is taken out.</summary>
    Delete,
}
