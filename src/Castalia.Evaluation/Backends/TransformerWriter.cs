using System.Text;
using Castalia.Models;
using Castalia.Text;

namespace Castalia.Evaluation;

/// <summary>Writes the answers to <c>generate_until</c>: many texts side by side, each going on as soon as another has ended.</summary>
/// <param name="model">The model.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="options">Special tokens, lengths, seed.</param>
internal sealed class TransformerWriter(TransformerLanguageModel model, Tokenizer tokenizer, LanguageModelOptions options)
{
    // More at a time than this is no faster on a processor.
    private const int MostTexts = 32;

    private readonly int? _end = options.EndToken is { } end ? tokenizer.TokenToId(end) : tokenizer.EndOfTextId;

    /// <summary>One text a request, in their order.</summary>
    public string[] Write(IReadOnlyList<GenerationRequest> requests, Func<string, int[]> encode, Action<int, string>? answered, CancellationToken cancellationToken)
    {
        var answers = new string[requests.Count];
        if (requests.Count == 0)
            return answers;
        var prompts = new Prompt[requests.Count];
        long[] streams = Streams(requests);
        SideBySide.For(prompts.Length, i => prompts[i] = Read(requests[i], streams[i], encode), cancellationToken);
        void Answer(int index, string text)
        {
            answers[index] = text;
            answered?.Invoke(index, text);
        }

        // In lexical order what shares a beginning stands together and is read once.
        var waiting = new Queue<int>(Enumerable.Range(0, prompts.Length).Where(i => prompts[i].Options.NumBeams == 1)
            .Order(Comparer<int>.Create((a, b) => prompts[a].Tokens.AsSpan().SequenceCompareTo(prompts[b].Tokens) is not 0 and var difference ? difference : a.CompareTo(b))));
        if (waiting.Count > 0)
            Continue(prompts, waiting, Answer, cancellationToken);
        for (int i = 0; i < prompts.Length; i++)
        {
            if (prompts[i].Options.NumBeams > 1)
                Answer(i, Search(prompts[i], cancellationToken));
        }
        return answers;
    }

    private void Continue(Prompt[] prompts, Queue<int> waiting, Action<int, string> answer, CancellationToken cancellationToken)
    {
        int capacity = waiting.Max(i => prompts[i].Tokens.Length + prompts[i].Options.MaxNewTokens);
        int texts = Math.Min(waiting.Count, options.TextsAtATime ?? TextsFor(capacity));
        using var batch = new ContinuousBatch(model.Transformer, Math.Max(1, texts), capacity) { ReusesPrefixes = true };
        var live = new Dictionary<int, (int Index, Writing Text)>();
        while (waiting.Count > 0 || live.Count > 0)
        {
            while (batch.FreeSlots > 0 && waiting.TryDequeue(out int next))
                live.Add(batch.Add(prompts[next].Tokens, prompts[next].Options, prompts[next].Stream), (next, new Writing(tokenizer, prompts[next].Stops)));
            foreach (BatchToken token in batch.Step(cancellationToken))
            {
                (int index, Writing text) = live[token.Sequence];
                if (token.Finish != FinishReason.Stop) // a stop token is no part of the text
                    text.Add(token.Token);
                if (token.Finish is null && !text.HasStop)
                    continue;
                batch.Remove(token.Sequence);
                live.Remove(token.Sequence);
                answer(index, GenerationArguments.Cut(text.Text, prompts[index].Stops, options.ThinkEndToken));
            }
        }
    }

    private string Search(Prompt prompt, CancellationToken cancellationToken)
    {
        int[] tokens = new Generator(model.Transformer).Generate(prompt.Tokens, prompt.Options, null, cancellationToken);
        if (tokens.Length > 0 && prompt.Options.StopTokens!.Contains(tokens[^1]))
            tokens = tokens[..^1];
        return GenerationArguments.Cut(tokenizer.Decode(tokens, skipSpecialTokens: true), prompt.Stops, options.ThinkEndToken);
    }

    private Prompt Read(GenerationRequest request, long stream, Func<string, int[]> encode)
    {
        GenerationArguments arguments = GenerationArguments.Of(request.Arguments, model.Name, options.MaxGenToks);
        if (arguments.MaxGenToks >= model.MaxLength)
        {
            throw new InputException(model.Name, "generate_until",
                $"answers may have {arguments.MaxGenToks} tokens, and the model reads {model.MaxLength}: there is no room for a prompt.",
                "Set max_gen_toks lower with --gen_kwargs, or use a model with a longer context.");
        }
        int[] tokens = encode(request.Context);
        if (tokens.Length == 0)
            tokens = [model.PrefixToken];
        IReadOnlyList<string> stops = arguments.Stops(_end is { } end ? tokenizer.IdToToken(end) : null);
        // A special token is no text in which it could be found.
        IEnumerable<int> marks = stops.Select(stop => tokenizer.TokenToId(stop) ?? -1).Where(id => id >= 0 && tokenizer.IsSpecial(id));
        int[] ends = [.. marks.Union(options.StopTokens)];
        (tokens, _) = PromptTruncation.Left.Apply(tokens, arguments.MaxGenToks, model.MaxLength);
        return new Prompt(tokens, arguments.ToOptions(ends, options.Seed, model.Name), stops, stream);
    }

    // The same request put several times is drawn anew each time; what stands beside it changes nothing.
    private static long[] Streams(IReadOnlyList<GenerationRequest> requests)
    {
        var seen = new Dictionary<string, long>(StringComparer.Ordinal);
        var streams = new long[requests.Count];
        for (int i = 0; i < streams.Length; i++)
        {
            streams[i] = seen.GetValueOrDefault(requests[i].Context);
            seen[requests[i].Context] = streams[i] + 1;
        }
        return streams;
    }

    private int TextsFor(int capacity)
    {
        TransformerConfig config = model.Transformer.Config;
        long bytes = 2L * config.Layers * config.KeyHeads * config.HeadSize * sizeof(float) * capacity;
        long free = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - Environment.WorkingSet;
        return (int)Math.Clamp(free / 8 / bytes, 1, MostTexts);
    }

    /// <summary>A request, ready to be continued.</summary>
    private sealed record Prompt(int[] Tokens, GenerationOptions Options, IReadOnlyList<string> Stops, long Stream);

    /// <summary>A text as its tokens come, decoded by itself as the harness decodes it.</summary>
    private sealed class Writing(Tokenizer tokenizer, IReadOnlyList<string> stops)
    {
        private readonly List<int> _tokens = [];
        private readonly StringBuilder _certain = new();
        private readonly TokenDecoder _decoder = tokenizer.CreateDecoder(skipSpecialTokens: true);
        private readonly int _longest = stops.Count == 0 ? 0 : stops.Max(stop => stop.Length);

        public string Text => tokenizer.Decode([.. _tokens], skipSpecialTokens: true);

        /// <summary>Whether a stop has come.</summary>
        public bool HasStop { get; private set; }

        public void Add(int token)
        {
            _tokens.Add(token);
            string added = _decoder.Append(token);
            _certain.Append(added);
            int tail = Math.Min(_certain.Length, added.Length + _longest);
            string end = _certain.ToString(_certain.Length - tail, tail);
            HasStop |= stops.Any(stop => stop.Length > 0 && end.Contains(stop, StringComparison.Ordinal));
        }
    }
}
