using System.Security.Cryptography;
using System.Text;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// One SHA-256 over all requests of a run in the order in which they are put: fields joined by U+001F, each request ended by U+001E. Two
/// harnesses that agree in it have built every prompt alike, to the byte.
/// </summary>
public sealed class RequestsHash : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>How many requests were added.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a request for a continuation's log-probability.</summary>
    /// <param name="request">The request.</param>
    /// <param name="repeats">How often it is put.</param>
    public void Add(LoglikelihoodRequest request, int repeats = 1) => Add(repeats, "loglikelihood", request.Context, request.Continuation);

    /// <summary>Adds a request for a text's log-probability.</summary>
    /// <param name="request">The request.</param>
    /// <param name="repeats">How often it is put.</param>
    public void Add(RollingRequest request, int repeats = 1) => Add(repeats, "loglikelihood_rolling", request.Text);

    /// <summary>Adds a request for a text; its arguments count as JSON with sorted keys.</summary>
    /// <param name="request">The request.</param>
    /// <param name="repeats">How often it is put.</param>
    public void Add(GenerationRequest request, int repeats = 1) =>
        Add(repeats, "generate_until", request.Context, PythonJson.Dumps(request.Arguments, sortKeys: true));

    /// <summary>The hash of what was added, in lower-case hexadecimal.</summary>
    public string Value => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void Add(int repeats, params ReadOnlySpan<string> fields)
    {
        for (int i = 0; i < repeats; i++)
            Add(fields);
    }

    private void Add(ReadOnlySpan<string> fields)
    {
        for (int i = 0; i < fields.Length; i++)
        {
            if (i > 0)
                _hash.AppendData([0x1f]);
            _hash.AppendData(Encoding.UTF8.GetBytes(fields[i]));
        }
        _hash.AppendData([0x1e]);
        Count++;
    }
}
