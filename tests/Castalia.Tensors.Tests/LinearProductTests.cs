using static Castalia.Tensors.Tests.TensorAssert;
using static TorchSharp.torch;

namespace Castalia.Tensors.Tests;

public class LinearProductTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 1, 2e-6)]
    [InlineData(ScalarType.Float32, 7, 2e-6)]
    [InlineData(ScalarType.BFloat16, 1, 8e-3)]
    [InlineData(ScalarType.BFloat16, 2, 8e-3)]
    [InlineData(ScalarType.BFloat16, 3, 8e-3)]
    [InlineData(ScalarType.BFloat16, 16, 8e-3)]
    public void Few_rows_equal_torchs(ScalarType dtype, int rows, double tolerance)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor x = Random([rows, 1, 96], dtype, 1), bias = Random([203], dtype, 3);
        Tensor weight = Random([203, 96], dtype, 2); // not a multiple of four rows
        Tensor wide = LinearProduct.PlainApply(x.to(ScalarType.Float64), weight.to(ScalarType.Float64), bias.to(ScalarType.Float64));
        Close(wide, LinearProduct.Apply(x, weight, bias), tolerance);
        Close(wide - bias.to(ScalarType.Float64), LinearProduct.Apply(x, weight), tolerance);
    }

    [Fact]
    public void A_rows_results_do_not_depend_on_the_other_rows_or_on_threads()
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor x = Random([16, 512], ScalarType.BFloat16, 1), weight = Random([1030, 512], ScalarType.BFloat16, 2);
        using QuantizedMatrix quantized = QuantizedMatrix.Quantize(weight);
        int threads = Libtorch.Threads;
        try
        {
            Tensor all = LinearProduct.Apply(x, weight), allQuantized = LinearProduct.Apply(x, quantized);
            foreach (int other in (int[])[1, 3])
            {
                Libtorch.Initialize(other);
                Same(all, LinearProduct.Apply(x, weight));
                Same(allQuantized, LinearProduct.Apply(x, quantized));
                for (int rows = 1; rows < 8; rows++)
                {
                    Same(all.narrow(0, 3, rows), LinearProduct.Apply(x.narrow(0, 3, rows), weight));
                    Same(allQuantized.narrow(0, 3, rows), LinearProduct.Apply(x.narrow(0, 3, rows), quantized));
                }
            }
        }
        finally
        {
            Libtorch.Initialize(threads);
        }
    }

    [Fact]
    public void Gradients_widths_and_types_that_the_kernel_does_not_do_are_torchs()
    {
        using var scope = NewDisposeScope();
        Tensor x = Random([2, 40], ScalarType.Float32, 1), weight = Leaf(Random([5, 40], ScalarType.Float32, 2), ScalarType.Float32);
        LinearProduct.Apply(x, weight).sum().backward();
        Close(x.sum([0]).expand(5, 40), weight.grad!, 1e-6);
        Same(LinearProduct.PlainApply(x, weight.detach()), LinearProduct.Apply(x, weight.detach()));
        Tensor many = Random([17, 64], ScalarType.Float32, 3), matrix = Random([5, 64], ScalarType.Float32, 4);
        Same(LinearProduct.PlainApply(many, matrix), LinearProduct.Apply(many, matrix));
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1, 96, 1e-6)]
    [InlineData(ScalarType.Float32, 4, 72, 1e-6)] // the last block of a row is not whole
    [InlineData(ScalarType.BFloat16, 5, 72, 8e-3)]
    [InlineData(ScalarType.BFloat16, 40, 72, 1.6e-2)] // many rows meet weights rounded to bf16
    [InlineData(ScalarType.Float32, 40, 72, 1e-6)]
    public void Quantized_products_are_those_of_the_dequantized_matrix(ScalarType dtype, int rows, int inputs, double tolerance)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor x = Random([rows, inputs], dtype, 1), bias = Random([37], dtype, 2), weight = Random([37, inputs], dtype, 3);
        using QuantizedMatrix quantized = QuantizedMatrix.Quantize(weight);
        Tensor dequantized = quantized.Dequantize(ScalarType.Float32);
        Tensor expected = LinearProduct.PlainApply(x.to(ScalarType.Float64), dequantized.to(ScalarType.Float64), bias.to(ScalarType.Float64));
        Close(expected, LinearProduct.Apply(x, quantized, bias), tolerance);
    }

    [Fact]
    public void A_quantized_weight_is_off_by_at_most_half_a_step()
    {
        using var scope = NewDisposeScope();
        Tensor weight = Random([64, 128], ScalarType.Float32, 1);
        weight[3].zero_();
        weight[4].mul_(1e-39);
        weight[5].mul_(1e30);
        using QuantizedMatrix quantized = QuantizedMatrix.Quantize(weight);
        Tensor error = (quantized.Dequantize(ScalarType.Float32) - weight).abs().view(-1, 32);
        Tensor largest = weight.abs().view(-1, 32).amax([1], keepdim: true);
        Assert.True((error <= largest * (1 + 1.0 / 128) / 254 + 1e-36).all().item<bool>());
        Assert.Equal(64 * (128 + 128 / 32 * 2), quantized.Bytes);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void A_weight_that_is_not_finite_is_refused(float weight)
    {
        using var scope = NewDisposeScope();
        Tensor matrix = Random([3, 33], ScalarType.Float32, 1);
        matrix[2, 32] = tensor(weight);
        Assert.Contains("not a number", Assert.Throws<ArgumentException>(() => QuantizedMatrix.Quantize(matrix)).Message);
    }
}
