using System.Globalization;
using System.Text.Json;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>What both kinds of server have in common: how requests are told apart in errors, and how their arguments are read.</summary>
/// <param name="client">The server.</param>
/// <param name="options">How it is asked.</param>
/// <param name="endString">A text at which every generation stops; null for none.</param>
internal sealed class ServerRequests(ModelServerClient client, HttpModelOptions options, string? endString)
{
    private const int LongestEnd = 40;

    /// <summary>How an error calls a request.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="text">Its text, of which the end is shown.</param>
    /// <param name="companions">How many others are posted with it.</param>
    public static string Place(int index, int count, string text, int companions = 0)
    {
        string end = PythonText.Repr(text.Length <= LongestEnd ? text : text[^LongestEnd..]);
        string place = string.Create(CultureInfo.InvariantCulture, $"request {index + 1} of {count}, which ends with {end}");
        return companions == 0 ? place : string.Create(CultureInfo.InvariantCulture, $"{place}, or one of {companions} posted with it");
    }

    /// <summary>The arguments of a request for a text.</summary>
    public ServerArguments Arguments(GenerationRequest request, string place)
    {
        try
        {
            return ServerArguments.Of(request.Arguments, options.MaxGenerated, endString);
        }
        catch (ArgumentException error)
        {
            throw new InputException(client.Name, $"{place}, generation_kwargs", error.Message, "Correct the task's file, or --gen_kwargs.", error);
        }
    }

    /// <summary>Makes a body.</summary>
    /// <exception cref="InputException">Something in it cannot be written as JSON.</exception>
    public ServerCall Call(string place, Func<byte[]> body)
    {
        try
        {
            return new ServerCall(body(), place);
        }
        catch (Exception error) when (error is ArgumentException or JsonException or PythonException or InvalidOperationException)
        {
            throw new InputException(client.Name, place, $"the request cannot be written as JSON: {error.Message}", "Correct the task's document or its generation_kwargs.", error);
        }
    }

    /// <summary>The seed of a request: a text that is drawn several times is drawn with a new seed each time.</summary>
    public long Seed(GenerationRequest request, ServerArguments arguments) => arguments.Temperature > 0 ? options.Seed + request.Repeat : options.Seed;
}
