using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Castalia.Text.Bpe;

/// <summary>
/// Token ids that grow at the end and are used again from the start, and, where it is tracked, the bytes of the piece that each stands for.
/// </summary>
internal sealed class IdBuffer(bool tracked = false)
{
    private int[] _ids = new int[256];
    private TokenPlace[] _places = [];

    /// <summary>Whether it takes what tokens stand for. Then only <see cref="Add(int, int, int, bool)"/> is used.</summary>
    public bool Tracked { get; } = tracked;

    /// <summary>How many ids are in it.</summary>
    public int Length { get; private set; }

    /// <summary>The ids; good until the next change.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Length);

    /// <summary>Where it is tracked: what each token stands for.</summary>
    public ReadOnlySpan<TokenPlace> Places => _places.AsSpan(0, Length);

    /// <summary>Empties it. Space beyond <paramref name="keep"/> ids is given back.</summary>
    public void Clear(int keep = 1 << 20)
    {
        Length = 0;
        if (_ids.Length > keep)
            (_ids, _places) = (new int[256], []);
    }

    /// <summary>Adds a token and the bytes of the piece that it stands for.</summary>
    public void Add(int id, int start, int end, bool shownAsText = false)
    {
        int at = Length;
        Grow(1)[at] = id;
        if (Tracked)
        {
            if (_places.Length < _ids.Length)
                Array.Resize(ref _places, _ids.Length);
            _places[at] = new TokenPlace(start, end, shownAsText);
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

/// <summary>What a token stands for in its piece.</summary>
/// <param name="Start">Where that begins, in bytes.</param>
/// <param name="End">Where it ends.</param>
/// <param name="ShownAsText">Whether the token is shown as that text instead of by its name: so HF's Unigram shows the unknown token.</param>
internal readonly record struct TokenPlace(int Start, int End, bool ShownAsText);
