namespace Castalia.Text.TokenizerJson;

/// <summary>Reads the key "added_tokens" and sees to it that all ids together are 0, 1, 2 and so on.</summary>
internal static class AddedTokensReader
{
    /// <summary>The added tokens in order of id. Those that the model lacks join <paramref name="ids"/>.</summary>
    public static AddedToken[] Read(JsonPart? part, Dictionary<string, int> ids)
    {
        if (part is not JsonPart list)
            return [];
        Dictionary<string, AddedToken> tokens = [];
        foreach (JsonPart item in list.Items())
        {
            AddedToken token = new(
                item.Get("id").Id(), item.Get("content").Text(), item.Flag("single_word", false), item.Flag("lstrip", false),
                item.Flag("rstrip", false), item.Flag("normalized", true), item.Flag("special", false));
            if (token.Content.Length == 0)
                throw item.Fail("the added token has no content.");
            if (ids.TryGetValue(token.Content, out int known) && known != token.Id)
                throw item.Fail($"the added token \"{token.Content}\" has id {token.Id}, but elsewhere in the file it has id {known}.");
            ids[token.Content] = token.Id;
            tokens.TryAdd(token.Content, token);
        }
        return [.. tokens.Values.OrderBy(token => token.Id)];
    }

    /// <summary>The token of each id.</summary>
    /// <exception cref="InputException">Two tokens share an id, or an id below the greatest has none.</exception>
    public static string[] TokensById(Dictionary<string, int> ids, JsonPart model)
    {
        string?[] tokens = new string?[ids.Count];
        foreach ((string token, int id) in ids)
        {
            if (id >= tokens.Length)
                continue;
            if (tokens[id] is string other)
                throw model.Fail($"the tokens \"{other}\" and \"{token}\" both have id {id}.");
            tokens[id] = token;
        }
        int hole = Array.IndexOf(tokens, null);
        if (hole >= 0)
            throw model.Fail($"no token has id {hole}, though there are {tokens.Length} tokens and ids up to {ids.Values.Max()}: ids have to be 0, 1, 2 and so on.");
        return tokens!;
    }
}
