using Castalia.Text;
using Castalia.Text.Chat;

namespace Castalia.Evaluation;

/// <summary>A tokenizer on this side of the wire: where contexts end and what texts begin with is found with it before a server is asked.</summary>
internal sealed class ServerTokenizer
{
    private readonly Tokenizer _tokenizer;
    private readonly string _path;
    private readonly EncodeOptions _encoding;

    private ServerTokenizer(string path, Tokenizer tokenizer, HttpModelOptions options)
    {
        (_path, _tokenizer) = (path, tokenizer);
        _encoding = options.AddBeginToken ? EncodeOptions.None : EncodeOptions.WithoutPostProcessor;
        Begin = Named("bos_token");
        End = Named("eos_token") ?? (tokenizer.EndOfTextId is int id ? (tokenizer.IdToToken(id) ?? "", id) : null);
        PrefixToken = options.PrefixToken ?? Begin?.Id ?? End?.Id;
    }

    /// <summary>The token of a beginning.</summary>
    public (string Text, int Id)? Begin { get; }

    /// <summary>The token of an end.</summary>
    public (string Text, int Id)? End { get; }

    /// <summary>What a text begins with where nothing else stands before it.</summary>
    public int? PrefixToken { get; }

    /// <summary>Loads the tokenizer that a server's model has; null if there is to be none.</summary>
    /// <exception cref="InputException">There is none in the folder.</exception>
    public static ServerTokenizer? Load(HttpModelOptions options)
    {
        if (!options.HasTokenizer)
            return null;
        string path = options.Tokenizer ?? (Directory.Exists(options.Model) || File.Exists(options.Model) ? options.Model
            : throw new InputException("model_args", "tokenizer", $"the model '{options.Model}' is no folder here, and no tokenizer is given.",
                "Add tokenizer=FOLDER with the model's tokenizer, or tokenizer_backend=none for tasks that only generate texts."));
        return new ServerTokenizer(path, Tokenizer.Load(path), options);
    }

    public int[] Encode(string text) => _tokenizer.Encode(text, _encoding);

    public string Decode(ReadOnlySpan<int> tokens) => _tokenizer.Decode(tokens);

    /// <summary>The chat template beside the tokenizer.</summary>
    /// <param name="template">A file with another one; null for the folder's own.</param>
    public ChatTemplate Template(string? template) => ChatTemplate.Load(_path, template);

    /// <summary>A special token as the folder's files name it.</summary>
    private (string, int)? Named(string key) =>
        ChatTemplate.SpecialTokens(_path).GetValueOrDefault(key) is { Length: > 0 } name && _tokenizer.TokenToId(name) is int id ? (name, id) : null;
}
