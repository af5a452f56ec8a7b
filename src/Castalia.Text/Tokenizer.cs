using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text;

/// <summary>
/// A tokenizer in the form of HF's <c>tokenizer.json</c>: text to token ids and back, id for id what HF tokenizers gives. Byte-level BPE
/// as of GPT-2, GPT-NeoX-20B, dolma2 and their like. One object serves any number of threads.
/// </summary>
public sealed class Tokenizer
{
    private static readonly string[] EndOfTextNames = ["<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "<|eos|>"];

    private readonly TokenizerPipeline _pipeline;
    private readonly Vocabulary _vocabulary;
    private readonly ConcurrentBag<Encoder> _encoders = [];

    internal Tokenizer(TokenizerPipeline pipeline, Vocabulary vocabulary)
    {
        _pipeline = pipeline;
        _vocabulary = vocabulary;
        EndOfTextId = EndOfTextNames.Select(TokenToId).FirstOrDefault(id => id is not null);
    }

    /// <summary>How many ids there are, added tokens included: ids go from 0 to one less.</summary>
    public int VocabularySize => _vocabulary.Size;

    /// <summary>The added tokens in order of id.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => _vocabulary.AddedTokens;

    /// <summary>The token that ends a document, found by its usual names (<c>&lt;|endoftext|&gt;</c> first); null where there is none.</summary>
    public int? EndOfTextId { get; }

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <exception cref="InputException">The file is missing, is no tokenizer.json, contradicts itself, or has a part that is not supported.</exception>
    public static Tokenizer Load(string path) => TokenizerJsonReader.Load(path);

    /// <summary>Reads the contents of a <c>tokenizer.json</c>.</summary>
    /// <param name="utf8Json">The contents.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InputException">It is no tokenizer.json, contradicts itself, or has a part that is not supported.</exception>
    public static Tokenizer Parse(ReadOnlyMemory<byte> utf8Json, string name = "tokenizer.json") => TokenizerJsonReader.Parse(utf8Json, name);

    /// <summary>The ids of a text. Lone surrogates are read as U+FFFD.</summary>
    public int[] Encode(string text, EncodeOptions options = EncodeOptions.None)
    {
        ArgumentNullException.ThrowIfNull(text);
        Encoder encoder = Rent();
        int[] ids = encoder.Encode(text.AsSpan(), options).ToArray();
        _encoders.Add(encoder);
        return ids;
    }

    /// <summary>Adds the ids of a text to a list; returns how many. Lone surrogates are read as U+FFFD.</summary>
    public int Encode(ReadOnlySpan<char> text, List<int> ids, EncodeOptions options = EncodeOptions.None)
    {
        Encoder encoder = Rent();
        int count = Append(encoder.Encode(text, options), ids);
        _encoders.Add(encoder);
        return count;
    }

    /// <summary>Adds the ids of a text in UTF-8 to a list; returns how many. Ill-formed parts are read as U+FFFD.</summary>
    public int Encode(ReadOnlySpan<byte> utf8, List<int> ids, EncodeOptions options = EncodeOptions.None)
    {
        Encoder encoder = Rent();
        int count = Append(encoder.Encode(utf8, options), ids);
        _encoders.Add(encoder);
        return count;
    }

    /// <summary>Writes the ids of a text in UTF-8; returns how many. Ill-formed parts are read as U+FFFD.</summary>
    public int Encode(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids, EncodeOptions options = EncodeOptions.None)
    {
        Encoder encoder = Rent();
        ReadOnlySpan<int> found = encoder.Encode(utf8, options);
        ids.Write(found);
        _encoders.Add(encoder);
        return found.Length;
    }

    /// <summary>The text of ids. Ids without a token give nothing; bytes that are not UTF-8 give U+FFFD.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        ArrayBufferWriter<byte> bytes = new();
        DecodeBytes(ids, bytes, skipSpecialTokens);
        return System.Text.Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>Writes the bytes of ids, whether or not they make whole characters. Ids without a token give nothing.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="output">Where they go.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    public void DecodeBytes(ReadOnlySpan<int> ids, IBufferWriter<byte> output, bool skipSpecialTokens = false)
    {
        bool first = true;
        foreach (int id in ids)
        {
            if (!_vocabulary.Has(id) || (skipSpecialTokens && _vocabulary.IsSpecial(id)))
                continue;
            if (!first)
                output.Write(_vocabulary.Separator);
            first = false;
            output.Write(_vocabulary.BytesOf(id));
        }
    }

    /// <summary>A decoder for ids that come one by one, as from a model: it gives text as soon as characters are whole.</summary>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    public TokenDecoder CreateDecoder(bool skipSpecialTokens = false) => new(_vocabulary, skipSpecialTokens);

    /// <summary>The id of a token as it is written in the tokenizer's file (<c>Ġthe</c>), or null.</summary>
    public int? TokenToId(string token) => _vocabulary.IdOf(token);

    /// <summary>A token as it is written in the tokenizer's file, or null for an id without one.</summary>
    public string? IdToToken(int id) => _vocabulary.TokenOf(id);

    /// <summary>The bytes that a token stands for; empty for an id without one.</summary>
    public ReadOnlySpan<byte> TokenBytes(int id) => _vocabulary.Has(id) ? _vocabulary.BytesOf(id) : default;

    /// <summary>Whether an id is that of a special token.</summary>
    public bool IsSpecial(int id) => _vocabulary.Has(id) && _vocabulary.IsSpecial(id);

    private Encoder Rent() => _encoders.TryTake(out Encoder? encoder) ? encoder : new Encoder(_pipeline);

    private static int Append(ReadOnlySpan<int> found, List<int> ids)
    {
        int before = ids.Count;
        CollectionsMarshal.SetCount(ids, before + found.Length);
        found.CopyTo(CollectionsMarshal.AsSpan(ids)[before..]);
        return found.Length;
    }
}
