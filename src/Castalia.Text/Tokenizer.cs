using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Castalia.Formats;
using Castalia.Text.Description;
using Castalia.Text.Importing;
using Castalia.Text.TokenizerJson;
using Castalia.Text.Unicode;

namespace Castalia.Text;

/// <summary>
/// A tokenizer in the form of HF's <c>tokenizer.json</c>: text to token ids and back, id for id what HF tokenizers gives. It never
/// changes, and one object serves any number of threads.
/// </summary>
public sealed class Tokenizer
{
    private static readonly string[] EndOfTextNames = ["<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "<|eos|>"];

    private readonly TokenizerPipeline _pipeline;
    private readonly EncodingPlan _plan;
    private readonly Vocabulary _vocabulary;
    private readonly Lazy<TokenBytes>? _bytes;
    private readonly ConcurrentBag<Encoder> _encoders = [];
    private readonly ConcurrentBag<FullEncoder> _fullEncoders = [];

    internal Tokenizer(TokenizerPipeline pipeline)
    {
        _pipeline = pipeline;
        _plan = new EncodingPlan(pipeline);
        _vocabulary = new Vocabulary(pipeline.Model.Tokens, pipeline.AddedTokens, pipeline.Normalizer);
        if (IsByteLevel(pipeline.Decoder))
            _bytes = new Lazy<TokenBytes>(() => new TokenBytes(_vocabulary));
        EndOfTextId = EndOfTextNames.Select(TokenToId).FirstOrDefault(id => id is not null);
    }

    /// <summary>How many ids there are, added tokens included: ids go from 0 to one less. Where ids have holes, not each is a token.</summary>
    public int VocabularySize => _vocabulary.Size;

    /// <summary>The added tokens in order of id.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => _vocabulary.AddedTokens;

    /// <summary>The token that ends a document, found by its usual names (<c>&lt;|endoftext|&gt;</c> first); null where there is none.</summary>
    public int? EndOfTextId { get; }

    /// <summary>How encodings are cut to a length; null for not at all.</summary>
    public TruncationOptions? Truncation => _pipeline.Truncation;

    /// <summary>How encodings are filled up to a length; null for not at all.</summary>
    public PaddingOptions? Padding => _pipeline.Padding;

    internal TokenizerPipeline Pipeline => _pipeline;

    internal EncodingPlan Plan => _plan;

    /// <summary>Whether decoding is putting the bytes of tokens together.</summary>
    internal bool HasTokenBytes => _bytes is not null;

    internal Vocabulary Vocabulary => _vocabulary;

    /// <summary>
    /// Reads a tokenizer from a <c>tokenizer.json</c>, or from another file that holds one: GPT-2's <c>vocab.json</c> with <c>merges.txt</c>, BERT's
    /// <c>vocab.txt</c>, a <c>.tiktoken</c> file, a SentencePiece <c>.model</c>, a <c>.gguf</c>. Where the name does not say which, the contents do.
    /// </summary>
    /// <param name="path">The file, or a folder with one: then <c>tokenizer.json</c> is taken first.</param>
    /// <param name="options">What cannot be read off the file; null where nothing has to be said.</param>
    /// <exception cref="InputException">The file is missing, is no such file, contradicts itself, or has a part that is not supported.</exception>
    public static Tokenizer Load(string path, TokenizerLoadOptions? options = null) => TokenizerFiles.Load(path, options);

    /// <summary>Reads the contents of a <c>tokenizer.json</c>.</summary>
    /// <param name="utf8Json">The contents.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InputException">It is no tokenizer.json, contradicts itself, or has a part that is not supported.</exception>
    public static Tokenizer Parse(ReadOnlyMemory<byte> utf8Json, string name = "tokenizer.json") => TokenizerJsonReader.Parse(utf8Json, name);

    /// <summary>Writes <c>tokenizer.json</c>, as HF tokenizers writes it. The file appears under its name only when it is whole.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.WriteAllBytes(path, ToJson());

    /// <summary>The contents of <c>tokenizer.json</c>.</summary>
    public byte[] ToJson() => TokenizerJsonWriter.Write(_pipeline);

    /// <summary>The same tokenizer with another truncation; null for none.</summary>
    public Tokenizer WithTruncation(TruncationOptions? truncation) => new(_pipeline with { Truncation = truncation });

    /// <summary>The same tokenizer with another padding; null for none.</summary>
    public Tokenizer WithPadding(PaddingOptions? padding) => new(_pipeline with { Padding = padding });

    /// <summary>The ids of a text. Lone surrogates are read as U+FFFD.</summary>
    public int[] Encode(string text, EncodeOptions options = EncodeOptions.None)
    {
        ArgumentNullException.ThrowIfNull(text);
        using Rented rented = new(this);
        return rented.Encode(text.AsSpan(), options).ToArray();
    }

    /// <summary>Adds the ids of a text to a list; returns how many. Lone surrogates are read as U+FFFD.</summary>
    public int Encode(ReadOnlySpan<char> text, List<int> ids, EncodeOptions options = EncodeOptions.None)
    {
        using Rented rented = new(this);
        return Append(rented.Encode(text, options), ids);
    }

    /// <summary>Adds the ids of a text in UTF-8 to a list; returns how many. Ill-formed parts are read as U+FFFD.</summary>
    public int Encode(ReadOnlySpan<byte> utf8, List<int> ids, EncodeOptions options = EncodeOptions.None)
    {
        using Rented rented = new(this);
        return Append(rented.Encode(utf8, options), ids);
    }

    /// <summary>Writes the ids of a text in UTF-8; returns how many. Ill-formed parts are read as U+FFFD.</summary>
    public int Encode(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids, EncodeOptions options = EncodeOptions.None)
    {
        using Rented rented = new(this);
        ReadOnlySpan<int> found = rented.Encode(utf8, options);
        ids.Write(found);
        return found.Length;
    }

    /// <summary>Writes the ids of a text in UTF-8 to a buffer of the caller's. Ill-formed parts are read as U+FFFD.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="ids">The buffer. A text never has more ids than bytes, but for what the post-processor adds.</param>
    /// <param name="count">How many ids the text has, also where they do not fit.</param>
    /// <param name="options">How special tokens are treated.</param>
    /// <returns>Whether they fit; if not, nothing is written.</returns>
    public bool TryEncode(ReadOnlySpan<byte> utf8, Span<int> ids, out int count, EncodeOptions options = EncodeOptions.None)
    {
        using Rented rented = new(this);
        ReadOnlySpan<int> found = rented.Encode(utf8, options);
        count = found.Length;
        return found.TryCopyTo(ids);
    }

    /// <summary>How many ids a text has.</summary>
    public int CountTokens(ReadOnlySpan<char> text, EncodeOptions options = EncodeOptions.None)
    {
        using Rented rented = new(this);
        return rented.Encode(text, options).Length;
    }

    /// <summary>How many ids a text in UTF-8 has.</summary>
    public int CountTokens(ReadOnlySpan<byte> utf8, EncodeOptions options = EncodeOptions.None)
    {
        using Rented rented = new(this);
        return rented.Encode(utf8, options).Length;
    }

    /// <summary>The ids of many texts, in their order: what <see cref="Encode(string, EncodeOptions)"/> gives one by one, but on all cores.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="options">How special tokens are treated.</param>
    /// <param name="threads">How many threads; 0 for as many as there are cores.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public int[][] EncodeBatch(
        IReadOnlyList<string> texts, EncodeOptions options = EncodeOptions.None, int threads = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (Padding is not null)
            return [.. EncodeFullBatch(texts, options, threads: threads, cancellation: cancellation).Select(encoding => encoding.IdSpan.ToArray())];
        int[][] ids = new int[texts.Count][];
        ForEach(texts.Count, Threads(threads, cancellation), i => ids[i] = Encode(texts[i], options));
        return ids;
    }

    /// <summary>A text, or a pair of texts, with all that is known of each token: HF's <c>encode</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pair">The second text of a pair; null for none.</param>
    /// <param name="options">How special tokens are treated.</param>
    /// <param name="unit">What offsets count.</param>
    public TokenEncoding EncodeFull(string text, string? pair = null, EncodeOptions options = EncodeOptions.None, OffsetUnit unit = OffsetUnit.CodePoints)
    {
        ArgumentNullException.ThrowIfNull(text);
        TokenEncoding encoding = EncodeUnpadded(Utf8Of(text), pair is null ? null : Utf8Of(pair), options, unit);
        if (Padding is not null)
            Text.Padding.Apply(Padding, [encoding]);
        return encoding;
    }

    /// <summary>A text in UTF-8 with all that is known of each token. Ill-formed parts are read as U+FFFD; places in bytes stay those of the text given.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="options">How special tokens are treated.</param>
    /// <param name="unit">What offsets count.</param>
    public TokenEncoding EncodeFull(ReadOnlySpan<byte> utf8, EncodeOptions options = EncodeOptions.None, OffsetUnit unit = OffsetUnit.Bytes)
    {
        TokenEncoding encoding = EncodeUnpadded(utf8, null, options, unit);
        if (Padding is not null)
            Text.Padding.Apply(Padding, [encoding]);
        return encoding;
    }

    /// <summary>Many texts with all that is known of each token, on all cores. Padding to the longest is to the longest of these.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="options">How special tokens are treated.</param>
    /// <param name="unit">What offsets count.</param>
    /// <param name="threads">How many threads; 0 for as many as there are cores.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public IReadOnlyList<TokenEncoding> EncodeFullBatch(IReadOnlyList<string> texts, EncodeOptions options = EncodeOptions.None,
        OffsetUnit unit = OffsetUnit.CodePoints, int threads = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        TokenEncoding[] encodings = new TokenEncoding[texts.Count];
        ForEach(texts.Count, Threads(threads, cancellation), i => encodings[i] = EncodeUnpadded(Utf8Of(texts[i]), null, options, unit));
        if (Padding is not null)
            Text.Padding.Apply(Padding, encodings);
        return encodings;
    }

    /// <summary>An encoder for a text that comes in parts, of any length.</summary>
    /// <param name="options">How special tokens are treated.</param>
    /// <exception cref="InputException">Truncation, padding or an unusual post-processor needs the whole text.</exception>
    public StreamEncoder CreateStreamEncoder(EncodeOptions options = EncodeOptions.None) => CreateStreamEncoder(options, 1 << 20);

    internal StreamEncoder CreateStreamEncoder(EncodeOptions options, int enough) => new(_pipeline, _plan, options, enough);

    /// <summary>The ids of a text in a stream, of any length, in batches: those of the whole text.</summary>
    /// <param name="utf8">The text. Ill-formed parts are read as U+FFFD; a byte order mark is text.</param>
    /// <param name="options">How special tokens are treated.</param>
    public IEnumerable<ReadOnlyMemory<int>> EncodeStream(Stream utf8, EncodeOptions options = EncodeOptions.None)
    {
        ArgumentNullException.ThrowIfNull(utf8);
        StreamEncoder encoder = CreateStreamEncoder(options);
        byte[] part = new byte[1 << 18];
        ArrayBufferWriter<int> ids = new();
        for (int count; (count = utf8.Read(part)) > 0;)
        {
            encoder.Append(part.AsSpan(0, count), ids);
            if (ids.WrittenCount == 0)
                continue;
            yield return ids.WrittenMemory.ToArray();
            ids.ResetWrittenCount();
        }
        encoder.Finish(ids);
        if (ids.WrittenCount > 0)
            yield return ids.WrittenMemory;
    }

    /// <summary>The text of ids. Ids without a token give nothing; bytes that are not UTF-8 give U+FFFD.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        if (_bytes is null)
            return CreateDecoder(skipSpecialTokens).DecodeAll(ids);
        ArrayBufferWriter<byte> bytes = new();
        foreach (int id in ids)
        {
            if (Speaks(id, skipSpecialTokens))
                bytes.Write(_bytes.Value.Of(id));
        }
        return System.Text.Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>A decoder for ids that come one by one, as from a model: it gives text as soon as nothing that follows can change it.</summary>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    public TokenDecoder CreateDecoder(bool skipSpecialTokens = false) => new(this, skipSpecialTokens);

    /// <summary>The id of a token as it is written in the tokenizer's file (<c>Ġthe</c>), or null.</summary>
    public int? TokenToId(string token) => _vocabulary.IdOf(token);

    /// <summary>A token as it is written in the tokenizer's file, or null for an id without one.</summary>
    public string? IdToToken(int id) => _vocabulary.TokenOf(id);

    /// <summary>The bytes that a token of a byte-level tokenizer stands for; null where it is none, or the id has no token.</summary>
    public byte[]? TokenBytes(int id) => _bytes is not null && _vocabulary.Has(id) ? _bytes.Value.Of(id).ToArray() : null;

    /// <summary>Whether an id is that of a special token.</summary>
    public bool IsSpecial(int id) => _vocabulary.Has(id) && _vocabulary.IsSpecial(id);

    /// <summary>What it is made of, and what its vocabulary is like. Looks at every token: up to a second for the largest vocabularies.</summary>
    /// <param name="longest">How many of the longest tokens to name.</param>
    public TokenizerDescription Describe(int longest = 10) => Describing.Of(this, longest);

    /// <summary>All tokens in order of id, with the bytes of text that they stand for.</summary>
    public IReadOnlyList<TokenDescription> DescribeTokens() => TokenSurfaces.Of(this);

    /// <summary>Whether an id gives text.</summary>
    internal bool Speaks(int id, bool skipSpecialTokens) => _vocabulary.Has(id) && !(skipSpecialTokens && _vocabulary.IsSpecial(id));

    private static bool IsByteLevel(Decoding.Decoder? decoder) => decoder switch
    {
        Decoding.ByteLevelDecoder => true,
        Decoding.DecoderSequence { Parts: [var only] } => IsByteLevel(only),
        _ => false,
    };

    private static byte[] Utf8Of(string text)
    {
        ByteBuffer utf8 = new();
        utf8.Add(text.AsSpan());
        return utf8.Bytes.ToArray();
    }

    private static void ForEach(int count, ParallelOptions options, Action<int> body)
    {
        try
        {
            Parallel.For(0, count, options, body);
        }
        catch (AggregateException error) when (error.InnerExceptions.All(inner => inner is InputException))
        {
            // Which of several bad texts is met first depends on the threads. What is complained of does not: it is the first one.
            for (int i = 0; i < count; i++)
                body(i);
            throw;
        }
    }

    private static ParallelOptions Threads(int threads, CancellationToken cancellation) =>
        new() { MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount, CancellationToken = cancellation };

    private static int Append(ReadOnlySpan<int> found, List<int> ids)
    {
        int before = ids.Count;
        CollectionsMarshal.SetCount(ids, before + found.Length);
        found.CopyTo(CollectionsMarshal.AsSpan(ids)[before..]);
        return found.Length;
    }

    private TokenEncoding EncodeUnpadded(ReadOnlySpan<byte> text, byte[]? pair, EncodeOptions options, OffsetUnit unit)
    {
        FullEncoder encoder = _fullEncoders.TryTake(out FullEncoder? rented) ? rented : new FullEncoder(_pipeline, _plan, _vocabulary);
        TokenEncoding encoding = encoder.Encode(text, pair, pair is not null, options, unit);
        _fullEncoders.Add(encoder);
        return encoding;
    }

    /// <summary>An encoder on loan. What it gives is good until it is given back.</summary>
    private readonly ref struct Rented(Tokenizer tokenizer) : IDisposable
    {
        private readonly Encoder _encoder = tokenizer._encoders.TryTake(out Encoder? encoder) ? encoder : new Encoder(tokenizer._plan);

        public ReadOnlySpan<int> Encode(ReadOnlySpan<byte> utf8, EncodeOptions options) =>
            tokenizer._plan.IdsNeedWholeEncoding ? tokenizer.EncodeFull(utf8, options, OffsetUnit.CodePoints).IdSpan : _encoder.Encode(utf8, options);

        public ReadOnlySpan<int> Encode(ReadOnlySpan<char> text, EncodeOptions options) =>
            tokenizer._plan.IdsNeedWholeEncoding ? Encode(Utf8Of(text.ToString()), options) : _encoder.Encode(text, options);

        public void Dispose() => tokenizer._encoders.Add(_encoder);
    }
}
