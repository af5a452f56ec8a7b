using Castalia.Models;
using Castalia.Tensors;
using Castalia.Testing;
using TorchSharp;

namespace Castalia.Serving.Tests;

/// <summary>The golden GPT-NeoX of 320 ids, 3 layers and 64 positions with a tokenizer of one id a byte, and plain computations on it.</summary>
internal static class RealModel
{
    public const int Context = 64;

    /// <summary>The model. Its weights make it name any of its 320 ids, of which 63 have no token.</summary>
    public static TextGenerator Load(bool int8 = false)
    {
        Libtorch.Initialize();
        Transformer model = HuggingFaceFolder.Load(Fixtures.Path("models", "gpt_neox_parallel"));
        if (int8)
        {
            using (model)
                return new TextGenerator(new Transformer(model.Weights.Quantize()), ByteTokenizer.Tokenizer, "golden");
        }
        return new TextGenerator(model, ByteTokenizer.Tokenizer, "golden");
    }

    /// <summary>Log-probabilities of every id after each token of a sequence, by one plain pass: [sequence, vocabulary].</summary>
    public static double[,] LogProbabilities(Transformer model, int[] tokens)
    {
        using IDisposable noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor logits = model.Logits(model.Hidden(torch.tensor(Array.ConvertAll(tokens, token => (long)token)).unsqueeze(0)));
        double[] all = torch.nn.functional.log_softmax(logits.squeeze(0).to(torch.ScalarType.Float64), 1).data<double>().ToArray();
        int vocabulary = all.Length / tokens.Length;
        var table = new double[tokens.Length, vocabulary];
        Buffer.BlockCopy(all, 0, table, 0, all.Length * sizeof(double));
        return table;
    }
}
