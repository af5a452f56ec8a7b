using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Castalia.Text.Chat;

namespace Castalia.Evaluation;

/// <summary>
/// A fake model whose answers are a closed formula of the request's bytes, exact in doubles, so that anyone can check a harness's plumbing
/// without a model: with h = SHA-256(context 0x00 continuation) and u the first four bytes as a big-endian number,
/// the log-likelihood is -((1 + 4 u/2^32) max(1, bytes of the continuation)) / 4, and it is greedy if the two low bits of byte 4 are 0.
/// Texts it does not make up: it repeats those of an earlier run.
/// </summary>
public sealed class Sha256LanguageModel : ILanguageModel
{
    /// <summary>What it is called on command lines and in results.</summary>
    public const string ModelName = "sha256";

    private readonly RecordedTexts? _texts;

    /// <summary>Takes a file of texts to repeat.</summary>
    /// <param name="responses">JSON lines of an earlier run's documents, such as samples_TASK.jsonl, also packed; null for a model that is asked for none.</param>
    /// <exception cref="InputException">The file is not what it has to be: names the line.</exception>
    public Sha256LanguageModel(string? responses = null) => _texts = responses is null ? null : RecordedTexts.Load(responses);

    /// <inheritdoc/>
    public string Name => ModelName;

    /// <inheritdoc/>
    public IReadOnlyList<Loglikelihood> Loglikelihoods(
        IReadOnlyList<LoglikelihoodRequest> requests, Action<int, Loglikelihood>? answered = null, CancellationToken cancellationToken = default)
    {
        var answers = new Loglikelihood[requests.Count];
        SideBySide.For(answers.Length, i => answers[i] = Answer(requests[i].Context, requests[i].Continuation), cancellationToken);
        Tell(answers, answered);
        return answers;
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> RollingLoglikelihoods(
        IReadOnlyList<RollingRequest> requests, Action<int, double>? answered = null, CancellationToken cancellationToken = default)
    {
        var answers = new double[requests.Count];
        SideBySide.For(answers.Length, i => answers[i] = Answer("rolling", requests[i].Text).Value, cancellationToken);
        Tell(answers, answered);
        return answers;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Generate(
        IReadOnlyList<GenerationRequest> requests, Action<int, string>? answered = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        RecordedTexts texts = _texts ?? throw new InputException(Name, "generate_until", "the fake model makes no texts of its own.",
            "Give a file of an earlier run's answers: --model_args responses=FILE.");
        var answers = new string[requests.Count];
        var asked = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < answers.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string key = RecordedTexts.Key(requests[i]);
            asked[key] = asked.GetValueOrDefault(key) + 1;
            answers[i] = texts.Find(requests[i], key, asked[key] - 1);
            answered?.Invoke(i, answers[i]);
        }
        return answers;
    }

    /// <summary>Messages as the fake model wants them: each after a line with its role and before one that ends it.</summary>
    /// <inheritdoc/>
    public IChatFormat? Chat(string? template) => template is null ? new MarkedMessages()
        : throw new InputException(Name, "chat template", $"there is no template '{template}'; the fake model has one without a name.", "Name no template.");

    private static void Tell<T>(T[] answers, Action<int, T>? answered)
    {
        for (int i = 0; answered is not null && i < answers.Length; i++)
            answered(i, answers[i]);
    }

    private static Loglikelihood Answer(string context, string continuation)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(context + '\0' + continuation);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        int length = Math.Max(1, Encoding.UTF8.GetByteCount(continuation));
        double fraction = BinaryPrimitives.ReadUInt32BigEndian(hash) / 4294967296.0;
        return new Loglikelihood(-((1 + 4 * fraction) * length) / 4, (hash[4] & 3) == 0);
    }

    private sealed class MarkedMessages : IChatFormat
    {
        public string Template =>
            "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}"
            + "{% if add_generation_prompt or not loop.last or m.role != 'assistant' %}<|end|>\n{% endif %}{% endfor %}"
            + "{% if add_generation_prompt %}<|assistant|>\n{% endif %}";

        public string Apply(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
        {
            var text = new StringBuilder();
            for (int i = 0; i < messages.Count; i++)
            {
                text.Append("<|").Append(messages[i].Role).Append("|>\n").Append(messages[i].Content);
                if (addGenerationPrompt || i < messages.Count - 1 || messages[i].Role != "assistant")
                    text.Append("<|end|>\n");
            }
            return (addGenerationPrompt ? text.Append("<|assistant|>\n") : text).ToString();
        }
    }
}
