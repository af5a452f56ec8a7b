using System.Text.Json;
using Castalia.Tensors;
using Castalia.Testing;
using static TorchSharp.torch;

namespace Castalia.Models.Tests;

/// <summary>A folder of <c>tests/fixtures/models</c>: a tiny random model and what transformers computed with it.</summary>
internal static class GoldenModel
{
    public static string Folder(string name) => Fixtures.Path("models", name);

    public static Transformer Load(string name, ScalarType dtype = ScalarType.Float32) => HuggingFaceFolder.Load(Folder(name), dtype);

    public static JsonElement Json(string name, string file) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder(name), file))).RootElement;

    public static Tensor InputIds(string name) => Matrix(Json(name, "input_ids.json"));

    public static Tensor Matrix(JsonElement rows)
    {
        long[][] numbers = rows.Deserialize<long[][]>()!;
        return tensor(numbers.SelectMany(row => row).ToArray()).view(numbers.Length, -1);
    }

    public static Tensor Tensor(string name, string file, string tensor)
    {
        using var opened = Formats.SafetensorsFile.Open(Path.Combine(Folder(name), file));
        return TensorFiles.Read(opened, opened[tensor]);
    }

    public static float MaxDifference(Tensor a, Tensor b)
    {
        Assert.Equal(a.shape, b.shape);
        return (a.to(ScalarType.Float32) - b.to(ScalarType.Float32)).abs().max().item<float>();
    }
}
