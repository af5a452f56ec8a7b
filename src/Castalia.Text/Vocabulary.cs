using System.Text;

namespace Castalia.Text;

/// <summary>All tokens of a tokenizer by id: their names, their bytes, and which are added and special.</summary>
internal sealed class Vocabulary
{
    private readonly string[] _tokens;
    private readonly Dictionary<string, int> _ids;
    private readonly byte[] _bytes;
    private readonly int[] _starts;
    private readonly bool[] _special;

    /// <param name="tokens">The token of each id.</param>
    /// <param name="ids">The id of each token.</param>
    /// <param name="added">The added tokens in order of id.</param>
    /// <param name="byteLevel">Whether tokens are bytes written in the byte-level alphabet; otherwise (no decoder) tokens are joined by spaces.</param>
    public Vocabulary(string[] tokens, Dictionary<string, int> ids, AddedToken[] added, bool byteLevel)
    {
        _tokens = tokens;
        _ids = ids;
        AddedTokens = added;
        Separator = byteLevel ? [] : " "u8.ToArray();
        _special = new bool[tokens.Length];
        foreach (AddedToken token in added)
            _special[token.Id] = token.Special;
        _starts = new int[tokens.Length + 1];
        using MemoryStream bytes = new();
        for (int id = 0; id < tokens.Length; id++)
        {
            bytes.Write(byteLevel ? ByteAlphabet.Read(tokens[id]) : Encoding.UTF8.GetBytes(tokens[id]));
            _starts[id + 1] = checked((int)bytes.Length);
        }
        _bytes = bytes.ToArray();
    }

    /// <summary>The added tokens in order of id.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; }

    /// <summary>What stands between tokens in decoded text.</summary>
    public byte[] Separator { get; }

    public int Size => _tokens.Length;

    public bool Has(int id) => (uint)id < (uint)_tokens.Length;

    public int? IdOf(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    public string? TokenOf(int id) => Has(id) ? _tokens[id] : null;

    public ReadOnlySpan<byte> BytesOf(int id) => _bytes.AsSpan(_starts[id], _starts[id + 1] - _starts[id]);

    public bool IsSpecial(int id) => _special[id];
}
