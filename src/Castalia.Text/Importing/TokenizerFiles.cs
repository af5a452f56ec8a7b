using Castalia.Formats;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Importing;

/// <summary>Finds out what kind of tokenizer file a path leads to, by its name or else by its contents, and has it read.</summary>
internal static class TokenizerFiles
{
    private const int Glance = 4096;

    private const string Kinds =
        "tokenizer.json, tokenizer.model (or the only *.model), the only *.tiktoken, vocab.json with merges.txt, encoder.json with vocab.bpe, vocab.txt, the only *.gguf";

    /// <summary>Reads a file, or the tokenizer in a folder.</summary>
    public static Tokenizer Load(string path, TokenizerLoadOptions? options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new TokenizerLoadOptions();
        return LoadFile(Directory.Exists(path) ? FindIn(path) : path, options);
    }

    private static Tokenizer LoadFile(string path, TokenizerLoadOptions options)
    {
        string name = Path.GetFileName(path).ToLowerInvariant();
        if (Gpt2Files.Recognises(name))
            return Gpt2Files.Load(path);
        return name switch
        {
            "vocab.txt" => BertVocabulary.Load(path),
            _ when name.EndsWith(".json", StringComparison.Ordinal) => TokenizerJsonReader.Load(path),
            _ when name.EndsWith(".tiktoken", StringComparison.Ordinal) => TiktokenFile.Load(path, options.TiktokenEncoding),
            _ when name.EndsWith(".gguf", StringComparison.Ordinal) => GgufVocabulary.Load(path),
            _ => LoadByContents(path, options),
        };
    }

    /// <summary>Files whose name says too little: Llama 3's tokenizer.model is a .tiktoken file, Llama 2's is of SentencePiece.</summary>
    private static Tokenizer LoadByContents(string path, TokenizerLoadOptions options)
    {
        byte[] beginning = Beginning(path);
        if (GgufFile.Begins(beginning))
            return GgufVocabulary.Load(path);
        if (TiktokenFile.Begins(beginning))
            return TiktokenFile.Load(path, options.TiktokenEncoding);
        if (SentencePieceFile.Begins(beginning))
            return SentencePieceFile.Load(path);
        if (beginning.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'{', ..])
            return TokenizerJsonReader.Load(path);
        throw new InputException(path, null,
            beginning.Length == 0 ? "the file is empty." : "neither its name nor its contents are those of a tokenizer file.",
            $"Give one of: {Kinds}; or a folder with one of them.");
    }

    private static byte[] Beginning(string path)
    {
        using FileStream file = InputFile.OpenRead(path);
        byte[] bytes = new byte[Glance];
        return bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }

    private static string FindIn(string folder)
    {
        string? found = Named(folder, "tokenizer.json", "tokenizer.model") ?? Only(folder, "*.model") ?? Only(folder, "*.tiktoken")
            ?? Gpt2Files.FindIn(folder) ?? Named(folder, "vocab.txt") ?? Only(folder, "*.gguf");
        return found ?? throw new InputException(folder, null, "there is no tokenizer in this folder.", $"Looked for, in this order: {Kinds}.");
    }

    private static string? Named(string folder, params string[] names) =>
        names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static string? Only(string folder, string pattern)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal).Take(2)];
        return files.Length < 2
            ? files.FirstOrDefault()
            : throw new InputException(folder, null, $"there are several files {pattern} in this folder: {string.Join(", ", files.Select(Path.GetFileName))}, ...",
                "Give the path of the one that is meant.");
    }
}
