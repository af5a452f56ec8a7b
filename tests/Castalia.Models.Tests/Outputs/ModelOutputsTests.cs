using Castalia.Testing;
using TorchSharp;

namespace Castalia.Models.Tests;

/// <summary>The files that comparisons with other libraries read.</summary>
public sealed class ModelOutputsTests
{
    [Theory]
    [InlineData("gptj", false)]
    [InlineData("llama_rope_dynamic", true)]
    [InlineData("opt_350m_style", true)]
    public void Logits_and_hidden_states_are_written_as_the_reference_has_them(string name, bool cached)
    {
        using var folder = new TemporaryFolder();
        string logits = Path.Combine(folder.Path, "logits.safetensors"), hidden = Path.Combine(folder.Path, "hidden.safetensors");
        using Transformer model = GoldenModel.Load(name);
        TokenMatrix ids = TokenMatrix.Read(Path.Combine(GoldenModel.Folder(name), "input_ids.json"), model.Config.VocabularySize - 1, "token ids");
        ModelOutputs.Write(model, ids, null, cached, logits, hidden);
        AssertEqual(Path.Combine(GoldenModel.Folder(name), "logits.safetensors"), logits);
        AssertEqual(Path.Combine(GoldenModel.Folder(name), "hidden_states.safetensors"), hidden);
    }

    [Theory]
    [InlineData("[[1, 2], [3, 4], [5, 0]]", 3, 2)]
    [InlineData("[7, 8, 9]", 1, 3)]
    [InlineData(" [[5]] ", 1, 1)]
    public void A_matrix_is_rows_or_one_row(string json, int rows, int columns)
    {
        TokenMatrix matrix = Read(json);
        Assert.Equal((rows, columns, rows * columns), (matrix.Rows, matrix.Columns, matrix.Values.Length));
    }

    [Theory]
    [InlineData("[]", "no row")]
    [InlineData("[[]]", "empty")]
    [InlineData("[[1, 2], [3]]", "1 numbers, those before it 2")]
    [InlineData("[[1, 2], 3]", "found Number")]
    [InlineData("[1, [2]]", "found StartArray")]
    [InlineData("[[[1]]]", "found StartArray")]
    [InlineData("[[1, 10]]", "from 0 to 9")]
    [InlineData("[[-1]]", "from 0 to 9")]
    [InlineData("[[1.5]]", "from 0 to 9")]
    [InlineData("[[1], null]", "found Null")]
    [InlineData("{\"a\": 1}", "found StartObject")]
    [InlineData("[[1], [2]", "not valid JSON")]
    [InlineData("", "not valid JSON")]
    public void What_is_no_matrix_is_refused(string json, string problem) =>
        Assert.Contains(problem, Assert.Throws<InputException>(() => Read(json)).Problem);

    [Fact]
    public void Rows_longer_than_the_learned_positions_and_masks_of_another_shape_are_refused()
    {
        using Transformer model = GoldenModel.Load("gpt2");
        var longer = new TokenMatrix("ids.json", 1, 65, new long[65]);
        Assert.Contains("64 positions", Assert.Throws<InputException>(() => ModelOutputs.Write(model, longer, null, false, "x", null)).Problem);
        var mask = new TokenMatrix("mask.json", 2, 3, new long[6]);
        InputException wrong = Assert.Throws<InputException>(() => ModelOutputs.Write(model, new TokenMatrix("ids.json", 1, 3, new long[3]), mask, false, "x", null));
        Assert.Equal("mask.json", wrong.File);
    }

    private static TokenMatrix Read(string json)
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "ids.json");
        File.WriteAllText(path, json);
        return TokenMatrix.Read(path, 9, "token ids");
    }

    private static void AssertEqual(string expected, string found)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        IReadOnlyDictionary<string, torch.Tensor> a = Tensors.TensorFiles.Load(expected), b = Tensors.TensorFiles.Load(found);
        Assert.Equal(a.Keys.Order(), b.Keys.Order());
        foreach (string name in a.Keys)
            Assert.InRange(GoldenModel.MaxDifference(a[name], b[name]), 0, 1e-4);
    }
}
