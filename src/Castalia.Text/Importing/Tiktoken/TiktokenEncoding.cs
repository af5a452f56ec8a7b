namespace Castalia.Text;

/// <summary>
/// What a <c>.tiktoken</c> file leaves out of an encoding: the pattern that cuts text into words, and the tokens that stand beside the ranks.
/// </summary>
/// <param name="Name">Its name: <c>cl100k_base</c>.</param>
/// <param name="Pattern">The regular expression; each match is encoded by itself, and so is what lies between matches.</param>
/// <param name="AddedTokens">The tokens that are looked for in the text before it is cut, with their ids; most of them special.</param>
/// <example><code>
/// Tokenizer tokenizer = Tokenizer.Load("ranks.tiktoken", new() { TiktokenEncoding = TiktokenEncoding.Find("cl100k_base") });
/// </code></example>
public sealed record TiktokenEncoding(string Name, string Pattern, IReadOnlyList<AddedToken> AddedTokens)
{
    /// <summary>Whether text is brought into normalization form C first; tiktoken itself never does.</summary>
    public bool NormalizesToNfc { get; init; }

    /// <summary>How many ranks its file has: a file with another number is refused. Null: any number will do.</summary>
    public int? RankCount { get; init; }

    /// <summary>The encodings known by name.</summary>
    public static IReadOnlyList<TiktokenEncoding> Known => Importing.TiktokenEncodings.All;

    /// <summary>The encoding of a name.</summary>
    /// <exception cref="InputException">There is none of that name; the message names those that are known.</exception>
    public static TiktokenEncoding Find(string name) => Known.FirstOrDefault(encoding => encoding.Name == name)
        ?? throw new InputException(name, null, "there is no tiktoken encoding of this name.", NameSuggestion.Remedy(name, Known.Select(encoding => encoding.Name)));
}
