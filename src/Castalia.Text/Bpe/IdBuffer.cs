namespace Castalia.Text.Bpe;

/// <summary>Token ids that grow at the end and are used again from the start.</summary>
internal sealed class IdBuffer
{
    private int[] _ids = new int[256];

    /// <summary>How many ids are in it.</summary>
    public int Length { get; private set; }

    /// <summary>The ids; good until the next change.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Length);

    /// <summary>Empties it. Space beyond <paramref name="keep"/> ids is given back.</summary>
    public void Clear(int keep = 1 << 20)
    {
        Length = 0;
        if (_ids.Length > keep)
            _ids = new int[256];
    }

    public void Add(int id) => Reserve(1)[Length++] = id;

    public void Add(ReadOnlySpan<int> ids)
    {
        ids.CopyTo(Reserve(ids.Length).AsSpan(Length));
        Length += ids.Length;
    }

    /// <summary>Adds the first <paramref name="count"/> of three ids.</summary>
    public void Add(int first, int second, int third, int count)
    {
        int[] ids = Reserve(3);
        int at = Length;
        ids[at] = first;
        ids[at + 1] = second;
        ids[at + 2] = third;
        Length = at + count;
    }

    private int[] Reserve(int more)
    {
        if (more > _ids.Length - Length)
            Array.Resize(ref _ids, (int)Math.Min(Array.MaxLength, Math.Max(_ids.Length * 2L, (long)Length + more)));
        return _ids;
    }
}
