using Castalia.Formats;
using Castalia.Testing;

[assembly: AssemblyFixture(typeof(Castalia.Cli.Tests.Commands.Tokenizers))]

namespace Castalia.Cli.Tests.Commands;

/// <summary>The published tokenizers as files that a user would have. Tests read them.</summary>
public sealed class Tokenizers : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lock _lock = new();

    /// <summary>The path of a tokenizer: gpt2, gpt-neox-20b, dolma2.</summary>
    public string this[string name]
    {
        get
        {
            string path = _folder[name + ".tokenizer.json"];
            lock (_lock)
            {
                if (!File.Exists(path))
                {
                    using Stream packed = CompressedStream.OpenRead(Fixtures.Path("tokenizers", name + ".tokenizer.json.zst"));
                    AtomicFile.Write(path, packed.CopyTo);
                }
            }
            return path;
        }
    }

    public void Dispose() => _folder.Dispose();
}
