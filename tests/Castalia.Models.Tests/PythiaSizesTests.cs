namespace Castalia.Models.Tests;

public sealed class PythiaSizesTests
{
    /// <summary>The suite's published shapes: layers, width, heads, vocabulary, parameters, parameters outside the embeddings.</summary>
    [Theory]
    [InlineData("14m", 6, 128, 4, 50304, 14_067_712, 1_189_888)]
    [InlineData("31m", 6, 256, 8, 50304, 30_494_720, 4_739_072)]
    [InlineData("70m", 6, 512, 8, 50304, 70_426_624, 18_915_328)]
    [InlineData("160m", 12, 768, 12, 50304, 162_322_944, 85_056_000)]
    [InlineData("410m", 24, 1024, 16, 50304, 405_334_016, 302_311_424)]
    [InlineData("1b", 16, 2048, 8, 50304, 1_011_781_632, 805_736_448)]
    [InlineData("1.4b", 24, 2048, 16, 50304, 1_414_647_808, 1_208_602_624)]
    [InlineData("2.8b", 32, 2560, 32, 50304, 2_775_208_960, 2_517_652_480)]
    [InlineData("6.9b", 32, 4096, 32, 50432, 6_857_302_016, 6_444_163_072)]
    [InlineData("12b", 36, 5120, 40, 50688, 11_846_072_320, 11_327_027_200)]
    public void Shapes_and_parameter_counts_are_those_of_the_suite(
        string name, int layers, int hidden, int heads, int vocabulary, long parameters, long nonEmbedding)
    {
        TransformerConfig config = PythiaSizes.Named(name).Config;
        Assert.Equal((layers, hidden, heads, vocabulary), (config.Layers, config.HiddenSize, config.Heads, config.VocabularySize));
        Assert.Equal((parameters, nonEmbedding), ParameterNames.Count(config));
    }

    [Fact]
    public void A_size_is_found_with_the_suites_prefix_and_a_wrong_one_is_refused_with_the_list()
    {
        Assert.Equal(10, PythiaSizes.All.Count);
        Assert.Same(PythiaSizes.Named("1.4b"), PythiaSizes.Named("Pythia-1.4B"));
        Assert.Contains("14m, 31m, 70m", Assert.Throws<ArgumentException>(() => PythiaSizes.Named("70")).Message);
    }

    [Fact]
    public void GptNeoX_20B_has_its_published_count()
    {
        var config = new TransformerConfig
        {
            VocabularySize = 50432,
            HiddenSize = 6144,
            Layers = 44,
            Heads = 64,
            IntermediateSize = 4 * 6144,
            MaxPositions = 2048,
        };
        Assert.Equal(20_554_567_680, ParameterNames.Count(config).Total);
    }

    [Fact]
    public void A_tied_model_without_attention_biases_counts_neither()
    {
        TransformerConfig config = PythiaSizes.Named("14m").Config;
        (long total, long nonEmbedding) = ParameterNames.Count(config with { TiedEmbeddings = true, QkvBias = false, AttentionOutputBias = false });
        Assert.Equal(14_067_712 - 50304 * 128 - 6 * 4 * 128, total);
        Assert.Equal(1_189_888 - 6 * 4 * 128, nonEmbedding);
    }
}
