using System.Text;
using System.Text.Json;
using Castalia.Text.Models;
using Castalia.Text.PreTokenization;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Bpe;

/// <summary>HF's BPE: a vocabulary and merges over characters, with what tokenizer.json says of it.</summary>
internal sealed class BpeModel : TokenModel
{
    private readonly Dictionary<string, int> _ids;
    private readonly (string Left, string Right)[] _merges;
    private readonly BpeFlags _flags;
    private readonly Lazy<CharacterSymbols> _characters;
    private readonly Lazy<WordTable?> _words;
    private readonly Lazy<WordMarkCuts?> _cuts;

    /// <param name="ids">The id of each token.</param>
    /// <param name="merges">The two sides of each merge, in order of rank. Both sides and what they make are tokens.</param>
    /// <param name="flags">What else the file says.</param>
    public BpeModel(Dictionary<string, int> ids, (string Left, string Right)[] merges, BpeFlags flags)
    {
        (_ids, _merges, _flags) = (ids, merges, flags);
        string[] results = [.. merges.Select(flags.Merge)];
        Table = new MergeTable([.. merges.Select((merge, rank) => (ids[merge.Left], ids[merge.Right], ids[results[rank]]))]);
        _characters = new(() => new CharacterSymbols(ids));
        _words = new(() => flags.IgnoreMerges || flags.MarksPlaces ? new WordTable(ids.Select(token => (Encoding.UTF8.GetBytes(token.Key), token.Value))) : null);
        _cuts = new(() => Bytes is null ? WordMarkCuts.Of(ids, results, Characters, flags) : null);
        Bytes = OverBytes();
    }

    public override IReadOnlyDictionary<string, int> Vocabulary => _ids;

    /// <summary>The two sides of each merge, in order of rank.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges => _merges;

    /// <summary>The merges, by ids.</summary>
    public MergeTable Table { get; }

    /// <summary>What else the file says.</summary>
    public BpeFlags Flags => _flags;

    /// <summary>
    /// The same model over the bytes that the byte-level alphabet writes; null where the vocabulary lacks a byte that text can have, or
    /// marks the insides or ends of words.
    /// </summary>
    public ByteLevelBpe? Bytes { get; }

    /// <summary>The id of the unknown token, or -1.</summary>
    public int UnknownId => _flags.UnknownToken is string token && _ids.TryGetValue(token, out int id) ? id : -1;

    /// <summary>The tokens of single characters.</summary>
    public CharacterSymbols Characters => _characters.Value;

    /// <summary>All tokens by their bytes, where pieces or marked characters are looked up; null where they are not.</summary>
    public WordTable? Words => _words.Value;

    public override WordScanner? Cuts => _cuts.Value;

    public override PieceEncoder CreateEncoder() => new CharacterBpe(this);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "BPE");
        json.WritePropertyName("dropout");
        if (_flags.Dropout is float dropout)
            RustNumber.Write(json, dropout, isItem: false);
        else
            json.WriteNullValue();
        json.WriteString("unk_token", _flags.UnknownToken);
        json.WriteString("continuing_subword_prefix", _flags.ContinuingSubwordPrefix);
        json.WriteString("end_of_word_suffix", _flags.EndOfWordSuffix);
        json.WriteBoolean("fuse_unk", _flags.FuseUnknown);
        json.WriteBoolean("byte_fallback", _flags.ByteFallback);
        json.WriteBoolean("ignore_merges", _flags.IgnoreMerges);
        VocabularyJson.Write(json, _ids);
        json.WriteStartArray("merges");
        foreach ((string left, string right) in _merges)
        {
            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private ByteLevelBpe? OverBytes()
    {
        int[] symbols = [.. ByteAlphabet.CharacterOf.Select(c => _ids.GetValueOrDefault(c.ToString(), -1))];
        // No text in UTF-8 has the bytes C0, C1 and F5 to FF, and vocabularies leave them out (GPT-NeoX-20B's).
        bool whole = !symbols.AsSpan(0, 0xC0).Contains(-1) && !symbols.AsSpan(0xC2..0xF5).Contains(-1);
        if (!whole || _flags.MarksPlaces)
            return null;
        int[] lengths = new int[_ids.Values.Max() + 1];
        List<(byte[] Bytes, int Id)> words = [];
        foreach ((string token, int id) in _ids)
        {
            if (!token.All(c => ByteAlphabet.ByteOf(c) >= 0))
                continue;
            lengths[id] = token.Length;
            if (_flags.IgnoreMerges)
                words.Add((ByteAlphabet.Read(token), id));
        }
        return new ByteLevelBpe(symbols, Table, _flags.IgnoreMerges ? new WordTable(words) : null, lengths);
    }
}

/// <summary>What tokenizer.json says of a BPE model beside vocabulary and merges.</summary>
internal sealed record BpeFlags
{
    /// <summary>BPE-dropout's probability; only 0 and null encode the same way twice, so only those are read.</summary>
    public float? Dropout { get; init; }

    /// <summary>The token for characters that are none; null: they vanish.</summary>
    public string? UnknownToken { get; init; }

    /// <summary>What stands in front of symbols inside a word.</summary>
    public string? ContinuingSubwordPrefix { get; init; }

    /// <summary>What stands after a word's last symbol.</summary>
    public string? EndOfWordSuffix { get; init; }

    /// <summary>Whether symbols say where in the word they stand.</summary>
    public bool MarksPlaces => ContinuingSubwordPrefix is { Length: > 0 } || EndOfWordSuffix is { Length: > 0 };

    /// <summary>Whether neighbouring unknown characters share one token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Whether characters that are no token become the tokens <c>&lt;0xNN&gt;</c> of their bytes.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether a piece that is a token is that token, whatever the merges say.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>
    /// What a merge makes: the left side and the right one, which loses as many bytes at its start as the prefix has, whatever they are (so in HF).
    /// </summary>
    public string Merge((string Left, string Right) merge)
    {
        if (ContinuingSubwordPrefix is not { Length: > 0 } prefix)
            return merge.Left + merge.Right;
        byte[] right = Encoding.UTF8.GetBytes(merge.Right);
        return merge.Left + Encoding.UTF8.GetString(right.AsSpan(Math.Min(right.Length, Encoding.UTF8.GetByteCount(prefix))));
    }
}
