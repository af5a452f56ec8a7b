namespace Castalia.Text.TokenizerJson;

/// <summary>Reads the key "post_processor" as far as it touches the ids of a single text: the tokens that it puts around them.</summary>
internal static class PostProcessorReader
{
    /// <summary>The tokens in front and at the end.</summary>
    public static (int[] Prefix, int[] Suffix) Read(JsonPart part, int vocabularySize)
    {
        switch (part.Type())
        {
            case "ByteLevel":
                return ([], []);
            case "RobertaProcessing" or "BertProcessing":
                return ([Pair(part.Get("cls"), vocabularySize)], [Pair(part.Get("sep"), vocabularySize)]);
            case "TemplateProcessing":
                return ReadTemplate(part, vocabularySize);
            case "Sequence":
                (int[] Prefix, int[] Suffix) all = ([], []);
                foreach (JsonPart processor in part.Get("processors").Items())
                {
                    (int[] prefix, int[] suffix) = Read(processor, vocabularySize);
                    all = ([.. prefix, .. all.Prefix], [.. all.Suffix, .. suffix]);
                }
                return all;
            default:
                throw part.Refuse($"the post-processor {part.Type()}", "ByteLevel, TemplateProcessing, RobertaProcessing, BertProcessing, Sequence, null");
        }
    }

    private static (int[] Prefix, int[] Suffix) ReadTemplate(JsonPart part, int vocabularySize)
    {
        List<int> prefix = [], suffix = [];
        bool seen = false;
        foreach (JsonPart piece in part.Get("single").Items())
        {
            if (piece.Find("Sequence") is not null)
            {
                if (seen)
                    throw piece.Refuse("a template that repeats the text", "templates with the text once");
                seen = true;
                continue;
            }
            string name = piece.Get("SpecialToken").Get("id").Text();
            (seen ? suffix : prefix).AddRange(part.Get("special_tokens").Get(name).Get("ids").Items().Select(id => Known(id, vocabularySize)));
        }
        return seen ? ([.. prefix], [.. suffix]) : throw part.Refuse("a template without the text", "templates with the text once");
    }

    /// <summary>The id of a token written as <c>["&lt;s&gt;", 0]</c>.</summary>
    private static int Pair(JsonPart part, int vocabularySize) =>
        part.Items().ToList() is [_, JsonPart id] ? Known(id, vocabularySize) : throw part.Fail("expected a token and its id.");

    private static int Known(JsonPart part, int vocabularySize)
    {
        int id = part.Id();
        return id < vocabularySize ? id : throw part.Fail($"no token has id {id}: there are {vocabularySize}.");
    }
}
