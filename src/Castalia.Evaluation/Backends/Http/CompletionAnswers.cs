using System.Globalization;
using System.Text.Json;

namespace Castalia.Evaluation;

/// <summary>Tokens as they are put to a server, of which the end is scored.</summary>
/// <param name="Tokens">The prompt.</param>
/// <param name="FirstTarget">Index of the first token that is scored, at least 1.</param>
internal readonly record struct ScoredPrompt(int[] Tokens, int FirstTarget);

/// <summary>Reads the answers of completion servers. Anything that is not as OpenAI's interface has it is a <see cref="ServerFailure"/> that names the field.</summary>
internal static class CompletionAnswers
{
    // Rounding may lift the probability of a certain token over 1, but not far.
    private const double LargestLogProbability = 1e-3;

    /// <summary>Log-likelihoods of prompts that were echoed with the log-probabilities of their tokens.</summary>
    public static Loglikelihood[] Loglikelihoods(JsonElement answer, IReadOnlyList<ScoredPrompt> prompts)
    {
        JsonElement[] choices = Choices(answer, prompts.Count);
        var scores = new Loglikelihood[choices.Length];
        for (int i = 0; i < scores.Length; i++)
        {
            string field = $"choices[index {i}].logprobs";
            JsonElement probabilities = Member(choices[i], "logprobs", field, JsonValueKind.Object);
            JsonElement own = Tokens(probabilities, "token_logprobs", field, prompts[i].Tokens.Length);
            JsonElement top = Tokens(probabilities, "top_logprobs", field, prompts[i].Tokens.Length);
            double sum = 0;
            bool greedy = true;
            for (int token = prompts[i].FirstTarget; token < prompts[i].Tokens.Length; token++)
            {
                double value = Number(own[token], $"{field}.token_logprobs[{token}]");
                sum += value;
                greedy &= value == Largest(top[token], $"{field}.top_logprobs[{token}]");
            }
            scores[i] = new Loglikelihood(sum, greedy);
        }
        return scores;
    }

    /// <summary>Texts of a completion; none where the server says null.</summary>
    public static string[] Texts(JsonElement answer, int count) =>
        [.. Choices(answer, count).Select((choice, i) => Text(choice, "text", $"choices[index {i}].text"))];

    /// <summary>The text of a chat completion; none where the server says null, as it does where a filter held it back.</summary>
    public static string Message(JsonElement answer)
    {
        JsonElement choice = Choices(answer, 1)[0];
        return Text(Member(choice, "message", "choices[index 0].message", JsonValueKind.Object), "content", "choices[index 0].message.content");
    }

    /// <summary>The choices in the order of their indexes: one a prompt.</summary>
    private static JsonElement[] Choices(JsonElement answer, int count)
    {
        JsonElement choices = Member(answer, "choices", "choices", JsonValueKind.Array);
        if (choices.GetArrayLength() != count)
            throw new ServerFailure("choices", string.Create(CultureInfo.InvariantCulture, $"expected {count} choices, found {choices.GetArrayLength()}."));
        var sorted = new JsonElement[count];
        int place = 0;
        foreach (JsonElement choice in choices.EnumerateArray())
        {
            string field = $"choices[{place++}].index";
            JsonElement index = Member(choice, "index", field, JsonValueKind.Number);
            if (!index.TryGetInt32(out int at) || at < 0 || at >= count || sorted[at].ValueKind != JsonValueKind.Undefined)
                throw new ServerFailure(field, string.Create(CultureInfo.InvariantCulture, $"expected each index from 0 to {count - 1} once, found {Shorten(index.GetRawText())}."));
            sorted[at] = choice;
        }
        return sorted;
    }

    /// <summary>An array with an entry for each token of the prompt, and at most one for the token after it.</summary>
    private static JsonElement Tokens(JsonElement probabilities, string name, string field, int count)
    {
        JsonElement array = Member(probabilities, name, $"{field}.{name}", JsonValueKind.Array);
        int found = array.GetArrayLength();
        return found == count || found == count + 1 ? array : throw new ServerFailure($"{field}.{name}", string.Create(CultureInfo.InvariantCulture,
            $"expected an entry for each of the prompt's {count} tokens and one for the token after it, found {found}; the server may use another tokenizer, or echo no prompts."));
    }

    private static double Largest(JsonElement top, string field)
    {
        if (top.ValueKind != JsonValueKind.Object)
            throw new ServerFailure(field, $"expected an object, found {Kind(top)}.");
        double largest = double.NegativeInfinity;
        foreach (JsonProperty one in top.EnumerateObject())
            largest = Math.Max(largest, Number(one.Value, field));
        return largest > double.NegativeInfinity ? largest : throw new ServerFailure(field, "it names no token.");
    }

    private static double Number(JsonElement element, string field) => element.ValueKind != JsonValueKind.Number
        ? throw new ServerFailure(field, $"expected a number, found {Kind(element)}.")
        : element.TryGetDouble(out double value) && double.IsFinite(value) && value <= LargestLogProbability ? value
        : throw new ServerFailure(field, $"expected the logarithm of a probability, found {Shorten(element.GetRawText())}.");

    private static string Text(JsonElement parent, string name, string field)
    {
        if (parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement none) && none.ValueKind == JsonValueKind.Null)
            return "";
        try
        {
            return Member(parent, name, field, JsonValueKind.String).GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new ServerFailure(field, "the text is not valid Unicode.", inner: error);
        }
    }

    private static JsonElement Member(JsonElement parent, string name, string field, JsonValueKind kind)
    {
        if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out JsonElement member))
            throw new ServerFailure(field, "it is missing.");
        return member.ValueKind == kind ? member : throw new ServerFailure(field, $"expected {Kind(kind)}, found {Kind(member)}.");
    }

    private static string Kind(JsonElement element) => Kind(element.ValueKind);

    private static string Kind(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
