using Castalia.Text.Models;

namespace Castalia.Text.TokenizerJson;

/// <summary>Reads the key "added_tokens".</summary>
internal static class AddedTokensReader
{
    /// <summary>The added tokens in order of id.</summary>
    /// <param name="part">The list; null for none.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="InputException">
    /// An id is not the one that HF tokenizers gives: that of the model's token of the same name, or else the next one free. HF gives it
    /// silently, whatever the file says; a file that says otherwise was not written by HF, and one of the two would be wrong.
    /// </exception>
    public static AddedToken[] Read(JsonPart? part, TokenModel model)
    {
        if (part is not JsonPart list)
            return [];
        Dictionary<string, AddedToken> tokens = [];
        int next = model.TokenCount;
        foreach (JsonPart item in list.Items())
        {
            AddedToken token = new(
                item.Get("id").Id(), item.Get("content").Text(), item.Flag("single_word", false), item.Flag("lstrip", false),
                item.Flag("rstrip", false), item.Flag("normalized", true), item.Flag("special", false));
            if (token.Content.Length == 0)
                throw item.Fail("the added token has no content.");
            bool known = model.Vocabulary.TryGetValue(token.Content, out int id);
            if (!known && tokens.TryGetValue(token.Content, out AddedToken? earlier))
                (known, id) = (true, earlier.Id);
            if (!known)
                id = next;
            if (id != token.Id)
            {
                throw item.Fail(known
                    ? $"the added token \"{token.Content}\" has id {token.Id}, but elsewhere in the file it has id {id}."
                    : $"the added token \"{token.Content}\" has id {token.Id}, but the next id free is {id}: HF tokenizers would give it that one.");
            }
            next = Math.Max(next, id + 1);
            tokens[token.Content] = token;
        }
        return [.. tokens.Values.OrderBy(token => token.Id)];
    }
}
