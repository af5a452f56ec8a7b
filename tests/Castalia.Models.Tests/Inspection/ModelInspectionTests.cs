using Castalia.Formats;

namespace Castalia.Models.Tests;

public sealed class ModelInspectionTests
{
    [Theory]
    [InlineData("gpt_neox_parallel")]
    [InlineData("llama_gqa")]
    [InlineData("opt_350m_style")]
    [InlineData("bloom_6heads")]
    public void Parameters_are_counted_by_part_and_every_tensor_belongs_to_one(string name)
    {
        ModelInspection inspection = ModelInspection.Of(GoldenModel.Folder(name), hashes: true);
        (long total, long nonEmbedding) = ParameterNames.Count(inspection.Config!);
        Assert.Equal(total, inspection.Parameters.Values.Sum());
        Assert.Equal(total * 4, inspection.Bytes["F32"]);
        Assert.DoesNotContain("weights", inspection.Parameters.Keys);
        Assert.All(inspection.Tensors, tensor => Assert.NotNull(tensor.Part));
        Assert.Equal(nonEmbedding, inspection.Parameters.Where(pair => pair.Key is "attention" or "mlp" or "norms" or "projections").Sum(pair => pair.Value));
    }

    [Fact]
    public void A_tensor_is_hashed_as_its_bytes_stand_in_the_file()
    {
        string path = Path.Combine(GoldenModel.Folder("gptj"), "model.safetensors");
        ModelInspection inspection = ModelInspection.Of(path, hashes: true);
        Assert.Equal("safetensors", inspection.Kind);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        foreach (InspectedTensor tensor in inspection.Tensors)
            Assert.Equal(ContentHash.OfBytes(file.Bytes(file[tensor.Name])), tensor.Sha256);
        Assert.Null(ModelInspection.Of(path, hashes: false).Sha256);
    }

    [Fact]
    public void Sharding_does_not_change_the_weights_hash() =>
        Assert.Equal(
            ModelInspection.Of(GoldenModel.Folder("gpt_neox_parallel"), hashes: true).Sha256,
            ModelInspection.Of(GoldenModel.Folder("sharded_safetensors"), hashes: true).Sha256);
}
