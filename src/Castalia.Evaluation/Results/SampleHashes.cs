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

    /// <summary>One hash over the hashes of all documents of a task, which stand there once for each pipeline of filters.</summary>
    /// <param name="instances">The documents.</param>
    /// <param name="filters">Pipelines that the task has.</param>
    public static string OfTask(IEnumerable<TaskInstance> instances, int filters = 1)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[][] documents = [.. instances.Select(Of).Select(own => Encoding.ASCII.GetBytes(own.Document + own.Prompt + own.Target))];
        for (int i = 0; i < filters; i++)
        {
            foreach (byte[] document in documents)
                hash.AppendData(document);
        }
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
