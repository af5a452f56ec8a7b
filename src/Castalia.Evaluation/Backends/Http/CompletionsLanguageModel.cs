using System.Globalization;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// A model behind a server that speaks OpenAI's <c>/v1/completions</c>: the harness's <c>local-completions</c>. Log-likelihoods are read from
/// the probabilities of an echoed prompt; where the context ends is found with a tokenizer on this side.
/// </summary>
public sealed class CompletionsLanguageModel : ILanguageModel, IDisposable
{
    /// <summary>What it is called on command lines.</summary>
    public const string ModelName = "local-completions";

    private readonly HttpModelOptions _options;
    private readonly ServerTokenizer? _tokenizer;
    private readonly ModelServerClient _client;
    private readonly ServerRequests _requests;

    /// <summary>Prepares to ask a server; nothing is sent yet. The key in the environment's OPENAI_API_KEY is sent along.</summary>
    /// <param name="options">Where it is and how it is asked.</param>
    /// <exception cref="InputException">There is no tokenizer where one is to be, or a header cannot be sent.</exception>
    public CompletionsLanguageModel(HttpModelOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _tokenizer = ServerTokenizer.Load(options);
        _client = new ModelServerClient(options);
        _requests = new ServerRequests(_client, options, options.EndString ?? _tokenizer?.End?.Text);
    }

    /// <inheritdoc/>
    public string Name => _options.Model;

    /// <inheritdoc/>
    public ModelDescription Description => new()
    {
        TokenizerName = _options.Tokenizer ?? "",
        MaxLength = Longest,
        EndOfTextId = _tokenizer?.End?.Id,
        End = _tokenizer?.End,
        Begin = _tokenizer?.Begin,
        Device = "server",
    };

    // One token is always asked for after the prompt.
    private int Longest => _options.MaxLength - 1;

    private bool SendsTokens => _options.TokenizedRequests && _tokenizer is not null;

    /// <inheritdoc/>
    public IChatFormat? Chat(string? template) => _tokenizer is null ? null : new TemplateChatFormat(_tokenizer.Template(template));

    /// <inheritdoc/>
    public IReadOnlyList<Loglikelihood> Loglikelihoods(
        IReadOnlyList<LoglikelihoodRequest> requests, Action<int, Loglikelihood>? answered = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        ServerTokenizer tokenizer = Tokenizer("loglikelihood");
        var prompts = new ScoredPrompt[requests.Count];
        SideBySide.For(prompts.Length, i => prompts[i] = Encode(tokenizer, requests, i), cancellationToken);
        var answers = new Loglikelihood[prompts.Length];
        Score(prompts, (i, others) => ServerRequests.Place(i, prompts.Length, requests[i].Context + requests[i].Continuation, others), (i, answer) =>
        {
            answers[i] = answer;
            answered?.Invoke(i, answer);
        }, cancellationToken);
        return answers;
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> RollingLoglikelihoods(
        IReadOnlyList<RollingRequest> requests, Action<int, double>? answered = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        ServerTokenizer tokenizer = Tokenizer("loglikelihood_rolling");
        var windows = new IReadOnlyList<RollingWindow>[requests.Count];
        SideBySide.For(windows.Length, i => windows[i] = RollingWindows.Of(tokenizer.Encode(requests[i].Text), Prefix(tokenizer), Longest - 1), cancellationToken);
        (int text, int window)[] owners = [.. windows.SelectMany((own, text) => own.Select((_, window) => (text, window)))];
        ScoredPrompt[] prompts = [.. windows.SelectMany(own => own).Select(window => new ScoredPrompt([.. window.Context, .. window.Targets], window.Context.Count))];
        double[][] parts = [.. windows.Select(own => new double[own.Count])];
        int[] missing = [.. windows.Select(own => own.Count)];
        var sums = new double[requests.Count];
        for (int i = 0; i < sums.Length; i++)
        {
            if (missing[i] == 0)
                answered?.Invoke(i, 0);
        }
        Score(prompts, (i, others) => ServerRequests.Place(owners[i].text, requests.Count, requests[owners[i].text].Text, others), (i, answer) =>
        {
            (int text, int window) = owners[i];
            parts[text][window] = answer.Value;
            if (--missing[text] > 0)
                return;
            sums[text] = parts[text].Sum(); // in the order of the windows, whatever order they came in
            answered?.Invoke(text, sums[text]);
        }, cancellationToken);
        return sums;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Generate(
        IReadOnlyList<GenerationRequest> requests, Action<int, string>? answered = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var texts = new string[requests.Count];
        var arguments = new ServerArguments[texts.Length];
        var prompts = new int[texts.Length][];
        SideBySide.For(texts.Length, i =>
        {
            string place = ServerRequests.Place(i, texts.Length, requests[i].Context);
            arguments[i] = _requests.Arguments(requests[i], place);
            if (SendsTokens)
                prompts[i] = Truncate(_tokenizer!, requests[i].Context, arguments[i].MaxTokens, place);
        }, cancellationToken);
        // What goes into one request has its arguments, and its seed, in common; long contexts go first.
        int[][] calls =
        [
            .. Enumerable.Range(0, texts.Length)
                .GroupBy(i => (_requests.Seed(requests[i], arguments[i]), PythonJson.Dumps(requests[i].Arguments, sortKeys: true)))
                .SelectMany(alike => alike.OrderByDescending(i => requests[i].Context.Length).ThenBy(i => i).Chunk(_options.BatchSize)),
        ];
        _client.Ask(calls.Length,
            c => _requests.Call(ServerRequests.Place(calls[c][0], texts.Length, requests[calls[c][0]].Context, calls[c].Length - 1),
                () => ServerBody.Texts(_options, arguments[calls[c][0]], _requests.Seed(requests[calls[c][0]], arguments[calls[c][0]]), json =>
                {
                    if (SendsTokens)
                        ServerBody.Tokens(json, calls[c].Select(i => prompts[i]));
                    else
                        ServerBody.Texts(json, [.. calls[c].Select(i => requests[i].Context)]);
                })),
            (c, answer) => CompletionAnswers.Texts(answer, calls[c].Length),
            (c, answers) =>
            {
                for (int k = 0; k < answers.Length; k++)
                {
                    texts[calls[c][k]] = answers[k];
                    answered?.Invoke(calls[c][k], answers[k]);
                }
            }, cancellationToken);
        return texts;
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private void Score(ScoredPrompt[] prompts, Func<int, int, string> place, Action<int, Loglikelihood> answered, CancellationToken cancellationToken)
    {
        int[][] calls = [.. Enumerable.Range(0, prompts.Length).OrderByDescending(i => prompts[i].Tokens.Length).ThenBy(i => i).Chunk(_options.BatchSize)];
        _client.Ask(calls.Length,
            c => _requests.Call(place(calls[c][0], calls[c].Length - 1), () => ServerBody.Scores(_options, json =>
            {
                if (SendsTokens)
                    ServerBody.Tokens(json, calls[c].Select(i => prompts[i].Tokens));
                else
                    ServerBody.Texts(json, [.. calls[c].Select(i => _tokenizer!.Decode(prompts[i].Tokens))]);
            })),
            (c, answer) => CompletionAnswers.Loglikelihoods(answer, [.. calls[c].Select(i => prompts[i])]),
            (c, scores) =>
            {
                for (int k = 0; k < scores.Length; k++)
                    answered(calls[c][k], scores[k]);
            }, cancellationToken);
    }

    /// <summary>Context and continuation as one prompt; what does not fit is cut off on the left.</summary>
    private ScoredPrompt Encode(ServerTokenizer tokenizer, IReadOnlyList<LoglikelihoodRequest> requests, int index)
    {
        (string context, string continuation) = requests[index];
        (int[] before, int[] scored) = TokenPair.Encode(context, continuation, tokenizer.Encode, Prefix(tokenizer));
        // A context of nothing but white space has no token left to begin with.
        if (before.Length == 0)
            before = [Prefix(tokenizer)];
        if (scored.Length == 0 || scored.Length >= Longest)
        {
            throw new InputException(_client.Name, ServerRequests.Place(index, requests.Count, context + continuation), scored.Length == 0
                ? "the tokenizer leaves the continuation no token of its own after its context."
                : string.Create(CultureInfo.InvariantCulture, $"the continuation has {scored.Length} tokens, and a prompt at most {Longest}."),
                scored.Length == 0 ? "Begin the continuation where a token begins, with a blank for most tokenizers." : "Raise max_length if the model reads more.");
        }
        int kept = Math.Min(before.Length, Longest - scored.Length);
        return new ScoredPrompt([.. before.AsSpan(before.Length - kept), .. scored], kept);
    }

    private int[] Truncate(ServerTokenizer tokenizer, string context, long maxTokens, string place)
    {
        int[] tokens = tokenizer.Encode(context);
        if (tokens.Length == 0)
            tokens = [Prefix(tokenizer)];
        long room = Longest - maxTokens;
        return room >= tokens.Length ? tokens : room > 0 ? tokens[^(int)room..] : throw new InputException(_client.Name, place, string.Create(CultureInfo.InvariantCulture,
            $"a text of up to {maxTokens} tokens is asked for, which leaves a prompt no room in {Longest}."), "Raise max_length if the model reads more, or lower max_gen_toks.");
    }

    private ServerTokenizer Tokenizer(string kind) => _tokenizer ?? throw new InputException(_client.Name, kind,
        "without a tokenizer it cannot be told where a context ends.", "Give tokenizer=FOLDER with the model's tokenizer instead of tokenizer_backend=none.");

    private int Prefix(ServerTokenizer tokenizer) => tokenizer.PrefixToken ?? throw new InputException("model_args", "custom_prefix_token_id",
        "the tokenizer has no token of a beginning or an end for a text to begin with.", "Give the id of one: custom_prefix_token_id=ID.");
}
