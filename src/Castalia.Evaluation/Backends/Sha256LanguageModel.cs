using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Castalia.Evaluation;

/// <summary>
/// A fake model whose answers are a closed formula of the request's bytes, exact in doubles, so that anyone can check a harness's plumbing
/// without a model: with h = SHA-256(context 0x00 continuation) and u the first four bytes as a big-endian number,
/// the log-likelihood is -((1 + 4 u/2^32) max(1, bytes of the continuation)) / 4, and it is greedy if the two low bits of byte 4 are 0.
/// </summary>
public sealed class Sha256LanguageModel : ILanguageModel
{
    /// <summary>What it is called on command lines and in results.</summary>
    public const string ModelName = "sha256";

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
        IReadOnlyList<GenerationRequest> requests, Action<int, string>? answered = null, CancellationToken cancellationToken = default) =>
        throw new InputException(Name, "generate_until", "the fake model makes no texts of its own.",
            "Give a file of answers: --model_args responses=FILE.");

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
}
