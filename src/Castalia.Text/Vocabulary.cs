using System.Text;
using Castalia.Text.Normalization;

namespace Castalia.Text;

/// <summary>All tokens of a tokenizer by id: their names, and which are added and special. Ids may have holes.</summary>
internal sealed class Vocabulary
{
    /// <summary>The greatest id that a file may name: what is kept for each id up to it fits in memory, however few tokens the file has.</summary>
    public const int GreatestId = (1 << 24) - 1;

    private readonly string?[] _tokens;
    private readonly Dictionary<string, int> _ids;
    private readonly bool[] _special;

    /// <param name="model">The tokens of the model. Of equal ones the last has its name's id.</param>
    /// <param name="added">The added tokens in order of id, with their own ids.</param>
    /// <param name="normalizer">Null for none. A token that is looked for in normalized text is named by its normalized content, as in HF.</param>
    public Vocabulary(IEnumerable<KeyValuePair<string, int>> model, AddedToken[] added, Normalizer? normalizer = null)
    {
        AddedTokens = added;
        int size = Math.Max(model.Select(token => token.Value + 1).DefaultIfEmpty().Max(), added.Length == 0 ? 0 : added[^1].Id + 1);
        _tokens = new string?[size];
        _special = new bool[size];
        _ids = new Dictionary<string, int>(model.TryGetNonEnumeratedCount(out int count) ? count + added.Length : 0);
        foreach ((string token, int id) in model)
        {
            _tokens[id] = token;
            _ids[token] = id;
        }
        foreach (AddedToken token in added)
        {
            _tokens[token.Id] = token.Normalized && normalizer is not null
                ? Encoding.UTF8.GetString(normalizer.Normalize(Encoding.UTF8.GetBytes(token.Content)))
                : token.Content;
            _ids[token.Content] = token.Id;
            _special[token.Id] = token.Special;
        }
    }

    /// <summary>The added tokens in order of id.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; }

    /// <summary>One more than the greatest id.</summary>
    public int Size => _tokens.Length;

    public bool Has(int id) => (uint)id < (uint)_tokens.Length && _tokens[id] is not null;

    public int? IdOf(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    public string? TokenOf(int id) => Has(id) ? _tokens[id] : null;

    public bool IsSpecial(int id) => _special[id];
}

/// <summary>The bytes that each token stands for where the decoder is ByteLevel alone: decoding is then putting bytes together.</summary>
internal sealed class TokenBytes
{
    private readonly byte[] _bytes;
    private readonly int[] _starts;

    public TokenBytes(Vocabulary vocabulary)
    {
        _starts = new int[vocabulary.Size + 1];
        using MemoryStream bytes = new();
        for (int id = 0; id < vocabulary.Size; id++)
        {
            if (vocabulary.TokenOf(id) is string token)
                bytes.Write(ByteAlphabet.Read(token));
            _starts[id + 1] = checked((int)bytes.Length);
        }
        _bytes = bytes.ToArray();
    }

    /// <summary>The bytes of a token; nothing for an id without one.</summary>
    public ReadOnlySpan<byte> Of(int id) => _bytes.AsSpan(_starts[id], _starts[id + 1] - _starts[id]);
}
