using static Castalia.Tensors.Tests.TensorAssert;
using static TorchSharp.torch;

namespace Castalia.Tensors.Tests;

public class ChunkedCrossEntropyTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 16, 100, 1e-5)]
    [InlineData(ScalarType.Float32, 7, 101, 1e-5)]
    [InlineData(ScalarType.Float32, 1000, 64, 1e-5)]
    [InlineData(ScalarType.BFloat16, 16, 100, 1.5e-2)]
    [InlineData(ScalarType.BFloat16, 50, 515, 1.5e-2)]
    public void Loss_and_gradients_equal_the_plain_ones(ScalarType dtype, int chunk, int vocabulary, double tolerance)
    {
        using var scope = NewDisposeScope();
        Tensor hiddenValues = Random([50, 24], dtype, 1);
        Tensor matrixValues = Random([vocabulary, 24], dtype, 2);
        Tensor labels = Labels(50, vocabulary);
        Tensor hidden = Leaf(hiddenValues, dtype);
        Tensor matrix = Leaf(matrixValues, dtype);
        // The reference is in fp32 on the same numbers: what both types should come to.
        Tensor plainHidden = Leaf(hiddenValues, ScalarType.Float32);
        Tensor plainMatrix = Leaf(matrixValues, ScalarType.Float32);
        Tensor loss = ChunkedCrossEntropy.Mean(hidden, matrix, labels, chunk);
        Tensor plain = ChunkedCrossEntropy.PlainMean(plainHidden, plainMatrix, labels);
        (loss * 3).backward();
        (plain * 3).backward();
        Close(plain, loss, tolerance / 4);
        Close(plainHidden.grad!, hidden.grad!, tolerance);
        Close(plainMatrix.grad!, matrix.grad!, tolerance);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e-5)]
    [InlineData(ScalarType.BFloat16, 2e-2)]
    public void A_bias_counts_in_loss_gradients_and_log_probabilities(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        Tensor[] values = [Random([70, 16], dtype, 1), Random([90, 16], dtype, 2), Random([90], dtype, 3)];
        Tensor labels = Labels(70, 90);
        Tensor[] ours = [.. values.Select(value => Leaf(value, dtype))], plain = [.. values.Select(value => Leaf(value, ScalarType.Float32))];
        Tensor loss = ChunkedCrossEntropy.Mean(ours[0], ours[1], labels, 32, ours[2]);
        Tensor expected = ChunkedCrossEntropy.PlainMean(plain[0], plain[1], labels, plain[2]);
        loss.backward();
        expected.backward();
        Close(expected, loss, tolerance);
        for (int i = 0; i < 3; i++)
            Close(plain[i].grad!, ours[i].grad!, tolerance);
        using IDisposable noGradient = no_grad();
        Close(expected, ChunkedCrossEntropy.Mean(ours[0], ours[1], labels, null, ours[2]), tolerance);
        Assert.Throws<ArgumentException>(() => ChunkedCrossEntropy.Mean(ours[0], ours[1], labels, null, ours[0]));
    }

    [Theory]
    [InlineData(ScalarType.Float32, 700)]
    [InlineData(ScalarType.BFloat16, 515)]
    public void Labels_that_share_a_token_get_what_each_gets_alone(ScalarType dtype, int vocabulary)
    {
        using var scope = NewDisposeScope();
        Tensor hidden = Random([300, 32], dtype, 1), matrix = Random([vocabulary, 32], dtype, 2), bias = Random([vocabulary], dtype, 3);
        (int token, int label)[] asked = [.. Enumerable.Range(0, 900).Select(i => (token: i * 7 % 290, label: i * 13 % vocabulary)).OrderBy(one => one.token)];
        (float[] together, bool[] greedy) = ChunkedCrossEntropy.LabelLogProbabilities(
            hidden, matrix, [.. asked.Select(one => one.token)], [.. asked.Select(one => one.label)], bias);
        Tensor rows = hidden.index_select(0, tensor(asked.Select(one => (long)one.token).ToArray()));
        (Tensor alone, Tensor choices) = ChunkedCrossEntropy.TokenLogProbabilities(rows, matrix, tensor(asked.Select(one => (long)one.label).ToArray()), bias);
        Close(alone, tensor(together), 1e-6);
        Assert.Equal(choices.data<bool>().ToArray(), greedy);
        Assert.Throws<ArgumentException>(() => ChunkedCrossEntropy.LabelLogProbabilities(hidden, matrix, [1, 0], [0, 0]));
        Assert.Throws<ArgumentException>(() => ChunkedCrossEntropy.LabelLogProbabilities(hidden, matrix, [300], [0]));
        Assert.Throws<ArgumentException>(() => ChunkedCrossEntropy.LabelLogProbabilities(hidden, matrix, [0], [vocabulary]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_frozen_matrix_gets_no_gradient_and_changes_no_other(bool withBias)
    {
        using var scope = NewDisposeScope();
        Tensor matrix = Random([90, 16], ScalarType.Float32, 2), hiddenValues = Random([70, 16], ScalarType.Float32, 1), biasValues = Random([90], ScalarType.Float32, 3);
        Tensor labels = Labels(70, 90);
        (Tensor hidden, Tensor? bias) = Run(matrix);
        (Tensor free, Tensor? freeBias) = Run(Leaf(matrix, ScalarType.Float32));
        Assert.Null(matrix.grad);
        Assert.True(hidden.bytes.SequenceEqual(free.bytes));
        Assert.True(!withBias || bias!.bytes.SequenceEqual(freeBias!.bytes));

        (Tensor, Tensor?) Run(Tensor unembedding)
        {
            Tensor hidden = Leaf(hiddenValues, ScalarType.Float32);
            Tensor? bias = withBias ? Leaf(biasValues, ScalarType.Float32) : null;
            ChunkedCrossEntropy.Mean(hidden, unembedding, labels, 32, bias).backward();
            return (hidden.grad!, bias?.grad);
        }
    }

    [Fact]
    public void In_bf16_the_gradients_are_as_near_to_the_true_ones_as_the_plain_ways()
    {
        using var scope = NewDisposeScope();
        Tensor hiddenValues = Random([256, 64], ScalarType.BFloat16, 1);
        Tensor matrixValues = Random([512, 64], ScalarType.BFloat16, 2, 0.3);
        Tensor labels = Labels(256, 512);
        (Tensor hidden, Tensor matrix) truth = Gradients(ScalarType.Float32, (h, m) => ChunkedCrossEntropy.PlainMean(h, m, labels));
        (Tensor hidden, Tensor matrix) plain = Gradients(ScalarType.BFloat16, (h, m) => ChunkedCrossEntropy.PlainMean(h, m, labels));
        (Tensor hidden, Tensor matrix) ours = Gradients(ScalarType.BFloat16, (h, m) => ChunkedCrossEntropy.Mean(h, m, labels, 64));
        Assert.True(Error(truth.hidden, ours.hidden) < 1.5 * Error(truth.hidden, plain.hidden));
        Assert.True(Error(truth.matrix, ours.matrix) < 1.5 * Error(truth.matrix, plain.matrix));

        (Tensor, Tensor) Gradients(ScalarType dtype, Func<Tensor, Tensor, Tensor> mean)
        {
            Tensor hidden = Leaf(hiddenValues, dtype);
            Tensor matrix = Leaf(matrixValues, dtype);
            mean(hidden, matrix).backward();
            return (hidden.grad!, matrix.grad!);
        }
        static double Error(Tensor truth, Tensor found) => (truth - found.to(ScalarType.Float32)).norm().item<float>() / truth.norm().item<float>();
    }

    [Fact]
    public void Without_gradients_the_loss_is_the_same()
    {
        using var scope = NewDisposeScope();
        Tensor hidden = Random([50, 24], ScalarType.Float32, 1);
        Tensor matrix = Random([99, 24], ScalarType.Float32, 2);
        Tensor labels = Labels(50, 99);
        Close(ChunkedCrossEntropy.PlainMean(hidden, matrix, labels), ChunkedCrossEntropy.Mean(hidden, matrix, labels), 1e-6);
    }

    [Fact]
    public void One_thread_and_two_give_the_same_bits()
    {
        using var scope = NewDisposeScope();
        Tensor labels = Labels(64, 1000);
        int threads = Libtorch.Threads;
        Libtorch.Initialize(1);
        Tensor one = Gradient();
        Libtorch.Initialize(2);
        Tensor two = Gradient();
        Libtorch.Initialize(threads);
        Same(one, two);

        Tensor Gradient()
        {
            Tensor hidden = Leaf(Random([64, 32], ScalarType.Float32, 1), ScalarType.Float32);
            ChunkedCrossEntropy.Mean(hidden, Random([1000, 32], ScalarType.Float32, 2), labels).backward();
            return hidden.grad!;
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e-5)]
    [InlineData(ScalarType.BFloat16, 1e-2)]
    public void Token_log_probabilities_and_greedy_choices_equal_the_plain_ones(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        Tensor hidden = Random([30, 16], dtype, 7);
        Tensor matrix = Random([77, 16], dtype, 8);
        Tensor logits = nn.functional.linear(hidden, matrix).to(ScalarType.Float32);
        Tensor best = logits.argmax(1);
        Tensor labels = where(arange(30) % 2 == 0, best, (best + 5) % 77);
        (Tensor found, Tensor greedy) = ChunkedCrossEntropy.TokenLogProbabilities(hidden, matrix, labels);
        Tensor expected = nn.functional.log_softmax(logits, 1).gather(1, labels.unsqueeze(1)).squeeze(1);
        Close(expected, found, tolerance);
        Same(greedy, best == labels);
    }

    [Fact]
    public void Of_equal_logits_the_first_is_the_greedy_choice()
    {
        using var scope = NewDisposeScope();
        Libtorch.Initialize();
        Tensor hidden = ones(2, 4);
        Tensor matrix = ones(40, 4);
        (_, Tensor greedy) = ChunkedCrossEntropy.TokenLogProbabilities(hidden, matrix, tensor(new long[] { 0, 33 }));
        Assert.Equal([true, false], greedy.data<bool>().ToArray());
    }

    [Theory]
    [InlineData(ScalarType.Float32, 0)]
    [InlineData(ScalarType.Float32, 39)]
    [InlineData(ScalarType.BFloat16, 17)]
    public void A_NaN_anywhere_makes_the_loss_NaN(ScalarType dtype, int row)
    {
        using var scope = NewDisposeScope();
        Tensor hidden = Leaf(Random([2, 4], dtype, 1), dtype);
        Tensor matrix = Random([40, 4], dtype, 2);
        matrix.select(0, row).fill_(BitConverter.UInt32BitsToSingle(0xffff5678));
        Tensor loss = ChunkedCrossEntropy.Mean(hidden, matrix, tensor(new long[] { 1, 2 }));
        loss.backward();
        Assert.True(float.IsNaN(loss.item<float>()));
        Assert.True(hidden.grad!.isnan().all().item<bool>());
    }

    [Fact]
    public void Labels_outside_the_vocabulary_and_shapes_that_do_not_fit_are_refused()
    {
        using var scope = NewDisposeScope();
        Tensor hidden = Random([2, 4], ScalarType.Float32, 1);
        Tensor matrix = Random([10, 4], ScalarType.Float32, 2);
        Assert.Throws<ArgumentException>(() => ChunkedCrossEntropy.Mean(hidden, matrix, tensor(new long[] { 0, 10 })));
        Assert.Throws<ArgumentException>(() => ChunkedCrossEntropy.Mean(hidden, matrix, tensor(new long[] { 0, -1 })));
        Assert.Throws<ArgumentException>(() => ChunkedCrossEntropy.Mean(hidden, matrix, tensor(new long[] { 0 })));
        Assert.Throws<ArgumentException>(() => ChunkedCrossEntropy.Mean(hidden, matrix.to(ScalarType.BFloat16), tensor(new long[] { 0, 1 })));
    }

    private static Tensor Labels(int tokens, int vocabulary) =>
        tensor(Enumerable.Range(0, tokens).Select(i => i % 9 == 4 ? ChunkedCrossEntropy.IgnoredLabel : i * 37L % vocabulary).ToArray());
}
