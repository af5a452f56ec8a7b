using System.Text;
using Castalia.Models.Architectures;
using Castalia.Testing;
using TorchSharp;

namespace Castalia.Models.Tests.Hostile;

/// <summary>The texts beside a model's weights, damaged at random (<see cref="Fuzz"/>): read, or refused with an <see cref="InputException"/>.</summary>
public sealed class MutationTests(ITestOutputHelper output)
{
    private const string Name = "damaged";

    private static readonly byte[][] JsonTokens = Texts(
        "{", "}", "[", "]", ",", ":", "\"", "-1", "0", "1e9", "1e400", "-0", "99999999999999999999", "\\u0000", "\\ud800", "null", "true", "false", "\u00ff", "[[[[[[[[[[[[[[[[",
        "\"rope_parameters\":", "\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4},", "\"model_type\":\"llama\",", "\"model_type\":\"bloom\",", "\"model_type\":\"opt\",",
        "\"model_type\":\"gptj\",", "\"model_type\":\"gpt_neo\",", "\"model_type\":\"gpt2\",", "\"hidden_act\":", "2147483647", "1048577", "../", "\\", "0.00001");

    [Fact]
    public void Config_json() => Run(
        [.. Directory.GetFiles(Fixtures.Path("models"), "config*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)], JsonTokens,
        bytes => KnownArchitectures.ReadConfig(ConfigJson.Parse(Name, bytes.Span)));

    [Theory]
    [InlineData("sharded_safetensors", "model.safetensors.index.json")]
    [InlineData("sharded_bin", "pytorch_model.bin.index.json")]
    public void Index_json(string folder, string file)
    {
        byte[] sound = File.ReadAllBytes(Fixtures.Path("models", folder, file));
        string[] names = [.. ConfigJson.Parse(Name, sound).Object("weight_map")!.Keys];
        Run([sound], [.. JsonTokens, .. Texts("\"weight_map\":", "model-00001-of-00003.safetensors", "pytorch_model-00001-of-00003.bin")], bytes =>
        {
            using ShardedFiles files = ShardedFiles.Open(Name, ConfigJson.Parse(Name, bytes.Span), path => new NamesOnly(path, names));
        });
    }

    [Fact]
    public void NeoX_yaml() => Run(
        [
            Encoding.UTF8.GetBytes("""
                # a model
                {
                  "num-layers": 3, "hidden_size": 64, # so wide
                  'num-attention-heads': 4, "max-position-embeddings": 64, "pos-emb": "rotary", "rotary_pct": 0.25,
                  "attention-config": [[["flash"], 3]], "optimizer": { "type": "Adam", "params": { "lr": 1.0e-3 } },
                }
                """),
            Encoding.UTF8.GetBytes("num-layers: 3\nhidden-size: 64\nnum-attention-heads: 4\nmax-position-embeddings: 64\npos-emb: rotary\nlist:\n- &a x\n- *a\ntext: |\n  b\n  c\nno-weight-tying: yes\n"),
        ],
        Texts("{", "}", "[", "]", "- ", "? ", ": ", ", ", "&a ", "*a", "<<: ", "!!int ", "|", ">", "---\n", "...\n", "\t", "%YAML 1.1\n", "\"", "'", "\n", "\0", "~", "[[[[[[[[", "{{{{{{{{", "- - - - - "), bytes =>
        {
            string text;
            try
            {
                text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.Span);
            }
            catch (DecoderFallbackException exception)
            {
                throw new InputException(Name, null, "not UTF-8.", "", exception); // found before the text is looked at
            }
            NeoXConfig.Read(NeoXYaml.Parse(Name, text), 320);
        });

    private static byte[][] Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private void Run(byte[][] sound, byte[][] tokens, Action<GuardedBytes> read)
    {
        FuzzReport report = Fuzz.Run<InputException>(sound, tokens, read);
        output.WriteLine(report.ToString());
        Assert.InRange(report.Refused, report.Inputs / 8, report.Inputs - 1);
    }

    /// <summary>A file of which only the tensors' names count.</summary>
    private sealed class NamesOnly(string path, string[] names) : ITensorSource
    {
        public string Listing => path;
        public IReadOnlyDictionary<string, StoredTensor> Tensors { get; } = names.ToDictionary(name => name, name => new StoredTensor(name, path, Formats.SafetensorsDType.F32, []));
        public torch.Tensor Read(string name) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
