using System.Text.Json;
using Castalia.Formats;
using Castalia.Text.Bpe;
using Castalia.Text.Importing;
using Castalia.Text.PreTokenization;

namespace Castalia.Text.Exporting;

/// <summary>What a GGUF file needs to know of a tokenizer beside the tokenizer.</summary>
public sealed record GgufTokenizerOptions
{
    /// <summary>The file that errors name.</summary>
    public required string File { get; init; }

    /// <summary>Rows of the model's embedding: as many tokens there will be, those that the tokenizer has not named <c>[PAD7]</c> and unused.</summary>
    public required int Rows { get; init; }

    /// <summary>The token a text begins with; null for none.</summary>
    public int? BeginId { get; init; }

    /// <summary>The token a text ends with; null for none.</summary>
    public int? EndId { get; init; }

    /// <summary>The token for what has none; null for none.</summary>
    public int? UnknownId { get; init; }

    /// <summary>The token that batches are filled up with; null for none.</summary>
    public int? PaddingId { get; init; }

    /// <summary>The Jinja template of a chat; null for none.</summary>
    public string? ChatTemplate { get; init; }
}

/// <summary>A tokenizer as a GGUF file has it.</summary>
/// <param name="Keys">The keys <c>tokenizer.*</c>.</param>
/// <param name="Remarks">What llama.cpp does otherwise, a sentence each.</param>
public sealed record GgufTokenizer(IReadOnlyList<GgufEntry> Keys, IReadOnlyList<string> Remarks)
{
    private const string Prefix = "tokenizer.ggml.";

    /// <summary>The token that the model itself gives for what has none; null where it has no such.</summary>
    internal int? UnknownId { get; init; }

    /// <summary>Writes a tokenizer down as llama.cpp reads it: byte-level BPE as "gpt2", SentencePiece's BPE as "llama", its Unigram as "t5".</summary>
    /// <exception cref="InputException">llama.cpp has no such tokenizer; the message says what it lacks.</exception>
    public static GgufTokenizer Of(Tokenizer tokenizer, GgufTokenizerOptions options)
    {
        TokenizerPipeline pipeline = tokenizer.Pipeline;
        if (tokenizer.VocabularySize > options.Rows)
        {
            throw new InputException(options.File, null,
                $"the tokenizer has {tokenizer.VocabularySize} ids, the model's embedding {options.Rows} rows.", "Take the tokenizer that belongs to the model.");
        }
        bool isByteLevel = pipeline.Model is BpeModel && PreTokenizerSequence.BeforeByteLevel(pipeline.PreTokenizer).ByteLevel is not null;
        GgufTokenizer own = isByteLevel ? GgufByteLevel.Of(tokenizer, options) : GgufSentencePiece.Of(tokenizer, options);
        return own with { Keys = [.. own.Keys, .. Special(tokenizer, options with { UnknownId = own.UnknownId ?? options.UnknownId })] };
    }

    /// <summary>A key of the tokenizer's.</summary>
    internal static string Key(string name) => Prefix + name;

    /// <summary>The tokens in order of id with what each is; those that a model has rows for and the tokenizer not are unused.</summary>
    internal static (string[] Texts, int[] Kinds) Tokens(Tokenizer tokenizer, int rows)
    {
        string[] texts = new string[rows];
        int[] kinds = new int[rows];
        for (int id = 0; id < rows; id++)
        {
            string? token = tokenizer.IdToToken(id);
            (texts[id], kinds[id]) = token is null ? ($"[PAD{id}]", (int)SentencePieceKind.Unused) : (token, (int)SentencePieceKind.Normal);
        }
        foreach (AddedToken added in tokenizer.AddedTokens)
            kinds[added.Id] = (int)(added.Special ? SentencePieceKind.Control : SentencePieceKind.UserDefined);
        return (texts, kinds);
    }

    /// <summary>A part as tokenizer.json writes it.</summary>
    internal static JsonElement Json(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
            write(json);
        using JsonDocument document = JsonDocument.Parse(bytes.ToArray());
        return document.RootElement.Clone();
    }

    private static IEnumerable<GgufEntry> Special(Tokenizer tokenizer, GgufTokenizerOptions options)
    {
        foreach ((string name, int? id) in ((string, int?)[])
            [("bos", options.BeginId), ("eos", options.EndId), ("unknown", options.UnknownId), ("padding", options.PaddingId)])
        {
            if (id is int given && (uint)given < (uint)options.Rows)
                yield return GgufEntry.Of(Key($"{name}_token_id"), (uint)given);
        }
        EncodingPlan plan = tokenizer.Plan;
        yield return GgufEntry.Of(Key("add_bos_token"), Adds(plan.Prefix, options.BeginId));
        yield return GgufEntry.Of(Key("add_eos_token"), Adds(plan.Suffix, options.EndId));
        if (options.ChatTemplate is { } template)
            yield return GgufEntry.Of("tokenizer.chat_template", template);
    }

    private static bool Adds(int[] added, int? id) => added is [var only] && only == id;
}
