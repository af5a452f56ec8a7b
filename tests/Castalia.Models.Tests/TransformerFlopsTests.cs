namespace Castalia.Models.Tests;

public sealed class TransformerFlopsTests
{
    [Fact]
    public void NeoXs_formula_gives_its_published_terms()
    {
        // 24 · 3 · 4 · 2048 · 12 · 768² · (1 + 2048/4608 + 50304/147456)
        TransformerConfig config = PythiaSizes.Named("160m").Config;
        double expected = 72.0 * 4 * 2048 * 12 * 768 * 768 * (1 + 2048 / 4608.0 + 50304 / 147456.0);
        Assert.Equal(expected, TransformerFlops.TrainingStepNeoX(config, batch: 4, sequence: 2048), expected * 1e-12);
        Assert.Equal(expected * 4 / 3, TransformerFlops.TrainingStepNeoX(config, 4, 2048, recompute: true), expected * 1e-12);
    }

    [Fact]
    public void Matrix_products_are_six_a_weight_and_token_and_attention_over_the_causal_half()
    {
        TransformerConfig config = PythiaSizes.Named("70m").Config;
        long matrices = 50304 * 512 + 6 * 12 * 512 * 512;
        double attention = 3 * 4.0 * 6 * 512 * (512 * 513 / 2);
        Assert.Equal(8 * (6.0 * matrices * 512 + attention), TransformerFlops.TrainingStep(config, batch: 8, sequence: 512), 1.0);
    }

    /// <summary>For long models the two agree but for the half of attention and a quarter of the unembedding.</summary>
    [Fact]
    public void The_two_figures_differ_by_what_the_formula_says_it_leaves_out()
    {
        TransformerConfig config = PythiaSizes.Named("1.4b").Config;
        double tokens = 2048, hidden = 2048, layers = 24;
        double halfOfAttention = 3 * 4 * layers * hidden * (tokens * tokens - tokens * (tokens + 1) / 2);
        double quarterOfUnembedding = 1.5 * tokens * hidden * 50304;
        double difference = TransformerFlops.TrainingStepNeoX(config, 1, 2048) - TransformerFlops.TrainingStep(config, 1, 2048);
        Assert.Equal(halfOfAttention - quarterOfUnembedding, difference, 1e-9 * halfOfAttention);
    }
}
