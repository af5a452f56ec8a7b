using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Castalia.Text.Bpe;

/// <summary>
/// Token ids that grow at the end and are used again from the start, and, where it is tracked, the bytes of the piece that each stands for.
/// </summary>
internal sealed class IdBuffer(bool tracked = false)
{
    private int[] _ids = new int[256];
    private int[] _ends = [];
    private bool[] _surfaces = [];

    /// <summary>Whether it takes what tokens stand for. Then only <see cref="Add(int, int, bool)"/> is used.</summary>
    public bool Tracked { get; } = tracked;

    /// <summary>How many ids are in it.</summary>
    public int Length { get; private set; }

    /// <summary>The ids; good until the next change.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Length);

    /// <summary>Where it is tracked: where each token ends in the piece, in bytes; it begins where the one before ended.</summary>
    public ReadOnlySpan<int> Ends => _ends.AsSpan(0, Length);

    /// <summary>Where it is tracked: whether the token is shown as the text that it stands for instead of by its name (HF's Unigram does so for the unknown token).</summary>
    public ReadOnlySpan<bool> ShownAsText => _surfaces.AsSpan(0, Length);

    /// <summary>Empties it. Space beyond <paramref name="keep"/> ids is given back.</summary>
    public void Clear(int keep = 1 << 20)
    {
        Length = 0;
        if (_ids.Length > keep)
            (_ids, _ends, _surfaces) = (new int[256], [], []);
    }

    /// <summary>Adds a token and where it ends in the piece.</summary>
    public void Add(int id, int end, bool shownAsText = false)
    {
        int at = Length;
        Grow(1)[at] = id;
        if (Tracked)
        {
            if (_ends.Length < _ids.Length)
            {
                Array.Resize(ref _ends, _ids.Length);
                Array.Resize(ref _surfaces, _ids.Length);
            }
            _ends[at] = end;
            _surfaces[at] = shownAsText;
        }
        Length = at + 1;
    }

    public void Add(int id) => Grow(1)[Length++] = id;

    public void Add(ReadOnlySpan<int> ids)
    {
        ids.CopyTo(Grow(ids.Length).AsSpan(Length));
        Length += ids.Length;
    }

    /// <summary>Space behind the ids for so many more, to write to before <see cref="Advance"/>. Good until the next change.</summary>
    public ref int Reserve(int more)
    {
        Grow(more);
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_ids), Length);
    }

    /// <summary>Counts ids that were written into reserved space.</summary>
    public void Advance(int count) => Length += count;

    private int[] Grow(int more)
    {
        if (more > _ids.Length - Length)
            Array.Resize(ref _ids, (int)Math.Min(Array.MaxLength, Math.Max(_ids.Length * 2L, (long)Length + more)));
        return _ids;
    }
}
