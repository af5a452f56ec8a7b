using System.Security.Cryptography;
using System.Text;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>The harness's hashes of one document: of the row, of the prompt, and of the target, each SHA-256 in lower-case hexadecimal.</summary>
/// <param name="Document">Of the row as indented JSON.</param>
/// <param name="Prompt">Of the first request's first field.</param>
/// <param name="Target">Of the target as Python prints it.</param>
public readonly record struct SampleHashes(string Document, string Prompt, string Target)
{
    /// <summary>The hashes of one document.</summary>
    public static SampleHashes Of(TaskInstance instance)
    {
        ArgumentNullException.ThrowIfNull(instance);
        return new SampleHashes(Hash(PythonJson.Dumps(instance.Document.Row, indent: 2, ensureAscii: false)), Hash(instance.Prompt),
            Hash(PythonText.Str(instance.Target)));
    }

    /// <summary>One hash over the hashes of all documents of a task.</summary>
    public static string OfTask(IEnumerable<TaskInstance> instances)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (TaskInstance instance in instances)
        {
            SampleHashes own = Of(instance);
            hash.AppendData(Encoding.ASCII.GetBytes(own.Document + own.Prompt + own.Target));
        }
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
