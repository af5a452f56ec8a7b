using System.Diagnostics.CodeAnalysis;

namespace Castalia.Text.Bpe;

/// <summary>Which byte strings are tokens.</summary>
internal sealed class WordTable
{
    private readonly Dictionary<byte[], int> _ids;
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    public WordTable(IEnumerable<(byte[] Bytes, int Id)> tokens)
    {
        _ids = new Dictionary<byte[], int>(new ByBytes());
        foreach ((byte[] bytes, int id) in tokens)
            _ids.TryAdd(bytes, id);
        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public bool TryGet(ReadOnlySpan<byte> bytes, out int id) => _lookup.TryGetValue(bytes, out id);

    private sealed class ByBytes : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            HashCode hash = new();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
