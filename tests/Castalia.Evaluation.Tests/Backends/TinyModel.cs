using System.Text.Json;
using Castalia.Models;
using Castalia.Testing;
using Castalia.Text;
using TorchSharp;

namespace Castalia.Evaluation.Tests.Backends;

/// <summary>The golden GPT-NeoX of 320 ids, 3 layers and 64 positions with a tokenizer of one id a byte, and plain computations on it.</summary>
internal static class TinyModel
{
    public const int EndOfText = 256;

    public static Transformer Load(torch.ScalarType dtype = torch.ScalarType.Float32) =>
        HuggingFaceFolder.Load(Fixtures.Path("models", "gpt_neox_parallel"), dtype);

    /// <summary>Byte-level BPE without merges: id i is the i-th letter of GPT-2's alphabet of bytes, 256 ends a text.</summary>
    public static Tokenizer Tokenizer { get; } = Text.Tokenizer.Parse(JsonSerializer.SerializeToUtf8Bytes(new
    {
        version = "1.0",
        added_tokens = new[]
        {
            new { id = EndOfText, content = "<|endoftext|>", single_word = false, lstrip = false, rstrip = false, normalized = false, special = true },
        },
        pre_tokenizer = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = true },
        decoder = new { type = "ByteLevel", add_prefix_space = true, trim_offsets = true, use_regex = true },
        model = new { type = "BPE", vocab = Alphabet(), merges = Array.Empty<string>() },
    }));

    /// <summary>Log-probability of each token after those before it, by one plain pass over the whole sequence.</summary>
    public static (double sum, bool greedy) Plain(Transformer transformer, int[] tokens, int firstTarget)
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        torch.Tensor input = torch.tensor(tokens.SkipLast(1).Select(t => (long)t).ToArray()).unsqueeze(0);
        torch.Tensor logits = transformer.Logits(transformer.Hidden(input)).squeeze(0).to(torch.ScalarType.Float64);
        torch.Tensor logProbabilities = torch.nn.functional.log_softmax(logits, 1);
        double sum = 0;
        bool greedy = true;
        for (int i = firstTarget; i < tokens.Length; i++)
        {
            sum += logProbabilities[i - 1, tokens[i]].item<double>();
            greedy &= logProbabilities[i - 1].argmax().item<long>() == tokens[i];
        }
        return (sum, greedy);
    }

    private static Dictionary<string, int> Alphabet()
    {
        var vocabulary = new Dictionary<string, int>();
        int extra = 256;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= '¡' and <= '¬') or (>= '®' and <= 'ÿ');
            vocabulary[((char)(printable ? value : extra++)).ToString()] = value;
        }
        return vocabulary;
    }
}
