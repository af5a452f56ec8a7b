using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Answers;

/// <summary>What makes a model another one, and what does not.</summary>
public sealed class ModelIdentityTests
{
    private static string Of(string kind, string? folder, params (string, object?)[] arguments) =>
        ModelIdentity.Of(kind, arguments.ToDictionary(pair => pair.Item1, pair => pair.Item2), folder is null ? [] : [folder], null, TestContext.Current.CancellationToken);

    [Fact]
    public void Weights_and_arguments_count_and_the_way_of_asking_does_not()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["model.safetensors"], "weights");
        File.WriteAllText(folder["tokenizer.json"], "{}");
        string one = Of("hf", folder.Path, ("dtype", "float32"), ("max_length", 64L));
        Assert.Equal(one, Of("hf", folder.Path, ("max_length", 64L), ("dtype", "float32"), ("batch_size", 8L), ("header", "secret")));
        File.WriteAllText(folder[".castalia.lock"], "");
        Assert.Equal(one, Of("hf", folder.Path, ("max_length", 64L), ("dtype", "float32")));
        Assert.NotEqual(one, Of("hf", folder.Path, ("max_length", 64L), ("dtype", "float16")));
        Assert.NotEqual(one, Of("castalia", folder.Path, ("max_length", 64L), ("dtype", "float32")));
        Assert.NotEqual(one, Of("hf", null, ("max_length", 64L), ("dtype", "float32")));
        File.WriteAllText(folder["model.safetensors"], "Weights");
        Assert.NotEqual(one, Of("hf", folder.Path, ("max_length", 64L), ("dtype", "float32")));
        Assert.Throws<InputException>(() => Of("hf", folder["nowhere"]));
    }
}
