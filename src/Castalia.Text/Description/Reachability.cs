using System.Text.Json;
using Castalia.Text.Bpe;
using Castalia.Text.Models;
using Castalia.Text.PreTokenization;

namespace Castalia.Text.Description;

/// <summary>
/// Finds tokens of BPE that no text is encoded to. What a token stands for, encoded alone, is that token, or else it never comes up inside
/// longer text either: merges within it happen in the same order there. (Of Unigram this is not said: where two ways to split a token are
/// all but equally good, rounding lets the one or the other win, as the text before it has it.)
/// </summary>
internal static class Reachability
{
    /// <summary>Ids of the model's tokens that no text is encoded to; null where encoding a token alone says nothing.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="model">The model as tokenizer.json has it.</param>
    /// <param name="tokens">All tokens.</param>
    public static List<int>? Unreachable(Tokenizer tokenizer, JsonElement model, IReadOnlyList<TokenDescription> tokens)
    {
        if (model.GetProperty("type").GetString() != "BPE" || IsSet(model, "continuing_subword_prefix") || IsSet(model, "end_of_word_suffix"))
            return null;
        // Whole encodings are cut and filled up; here they must not be.
        Tokenizer plain = new(tokenizer.Pipeline with { Truncation = null, Padding = null });
        PieceEncoder encoder = plain.Plan.CreateEncoder();
        IdBuffer ids = new();
        string? unknown = model.TryGetProperty("unk_token", out JsonElement name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null;
        bool addsNothing = tokenizer.HasTokenBytes && !AddsPrefixSpace(tokenizer.Pipeline.PreTokenizer);
        Span<int> two = stackalloc int[2];
        List<int> unreachable = [];
        foreach (TokenDescription token in tokens)
        {
            if (token.IsAdded || token.Token == unknown || TokenSurfaces.ByteOf(token.Token) is not null)
                continue;
            ids.Clear();
            byte[] piece = plain.Plan.Bytes is null ? System.Text.Encoding.UTF8.GetBytes(token.Token) : ByteAlphabet.Read(token.Token);
            if (piece.Length > 0)
                encoder.Encode(piece, ids);
            bool reachable = ids.Length == 1 && ids.Ids[0] == token.Id;
            // Where normalizer and pre-tokenizer add nothing to a text they can be asked as well, if the token is whole characters.
            if (reachable && addsNothing && token.IsUtf8)
            {
                plain.TryEncode(token.Bytes.Span, two, out int count, EncodeOptions.SpecialTokensAsText | EncodeOptions.WithoutPostProcessor);
                reachable = count == 1 && two[0] == token.Id;
            }
            if (!reachable)
                unreachable.Add(token.Id);
        }
        return unreachable;
    }

    private static bool AddsPrefixSpace(PreTokenizer? part) => part switch
    {
        ByteLevelPreTokenizer byteLevel => byteLevel.AddPrefixSpace,
        PreTokenizerSequence sequence => sequence.Parts.Any(AddsPrefixSpace),
        _ => false,
    };

    private static bool IsSet(JsonElement model, string key) =>
        model.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString()!.Length > 0;
}
