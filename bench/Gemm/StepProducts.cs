using Castalia.Models;
using static TorchSharp.torch;

namespace Castalia.Bench.Gemm;

/// <summary>One matrix product, <c>[rows, inner] @ [inner, columns]</c>, and how often a step does it.</summary>
internal sealed record Product(string Name, long Rows, long Inner, long Columns, int Times, ProductForm Form)
{
    /// <summary>Floating-point operations of one.</summary>
    public double Flops => 2.0 * Rows * Inner * Columns;
}

/// <summary>Which factor is stored transposed, as the three products of a linear layer have it.</summary>
internal enum ProductForm
{
    /// <summary>x @ w.T</summary>
    Forward,

    /// <summary>g @ w</summary>
    InputGradient,

    /// <summary>g.T @ x</summary>
    WeightGradient,
}

/// <summary>The matrix products of one training step, bare: what no implementation on the same libtorch can be faster than.</summary>
internal static class StepProducts
{
    /// <summary>All products of the linear layers. The head's are taken in parts of 512 tokens, so that it fits in memory.</summary>
    public static IReadOnlyList<Product> Of(TransformerConfig config)
    {
        List<Product> products = [];
        Add("qkv", Shapes.Tokens, config.HiddenSize, 3L * config.HiddenSize, config.Layers);
        Add("attention output", Shapes.Tokens, config.HiddenSize, config.HiddenSize, config.Layers);
        Add("mlp up", Shapes.Tokens, config.HiddenSize, config.IntermediateSize, config.Layers);
        Add("mlp down", Shapes.Tokens, config.IntermediateSize, config.HiddenSize, config.Layers);
        Add("head", 512, config.HiddenSize, config.VocabularySize, Shapes.Tokens / 512);
        return products;

        void Add(string name, long tokens, long from, long to, int times)
        {
            products.Add(new Product(name, tokens, from, to, times, ProductForm.Forward));
            products.Add(new Product(name, tokens, to, from, times, ProductForm.InputGradient));
            products.Add(new Product(name, to, tokens, from, times, ProductForm.WeightGradient));
        }
    }
}

/// <summary>A product with its factors, ready to be done again and again.</summary>
internal sealed class PreparedProduct : IDisposable
{
    private readonly Tensor _left;
    private readonly Tensor _right;

    public PreparedProduct(Product product, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        Product = product;
        Tensor left = product.Form == ProductForm.WeightGradient ? Make(product.Inner, product.Rows).t() : Make(product.Rows, product.Inner);
        Tensor right = product.Form == ProductForm.Forward ? Make(product.Columns, product.Inner).t() : Make(product.Inner, product.Columns);
        _left = left.DetachFromDisposeScope();
        _right = right.DetachFromDisposeScope();

        Tensor Make(long rows, long columns) => randn(rows, columns).to(dtype);
    }

    public Product Product { get; }

    public void Run()
    {
        using Tensor result = mm(_left, _right);
    }

    public void Dispose()
    {
        _left.Dispose();
        _right.Dispose();
    }
}
