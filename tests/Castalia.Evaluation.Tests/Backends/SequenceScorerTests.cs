using Castalia.Models;
using Castalia.Testing;
using TorchSharp;

namespace Castalia.Evaluation.Tests.Backends;

/// <summary>Shared beginnings against a plain pass over each sequence alone, for every architecture and type of weights.</summary>
public sealed class SequenceScorerTests
{
    public static TheoryData<string> Models =>
    [
        "gpt_neox_parallel", "gpt_neox_sequential", "gpt_neox_linear_rope", "gptj", "gpt2", "gpt_neo", "bloom_6heads", "opt", "opt_350m_style",
        "llama_gqa", "llama_rope_dynamic", "llama_rope_linear", "llama_rope_llama3", "llama_rope_yarn",
    ];

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_architecture_gives_what_a_plain_pass_gives(string name)
    {
        using Transformer transformer = Load(name, InferencePrecision.Float32);
        ScoredSequence[] sequences = Tree(transformer.Config);
        Loglikelihood[] answers = Score(transformer, sequences, 1000);
        for (int i = 0; i < sequences.Length; i++)
        {
            (double sum, bool greedy) = TinyModel.Plain(transformer, sequences[i].Tokens, sequences[i].FirstTarget);
            Assert.Equal(sum, answers[i].Value, 1e-4 * Math.Max(1, Math.Abs(sum)));
            Assert.Equal(greedy, answers[i].IsGreedy);
        }
    }

    [Theory]
    [InlineData("gpt_neox_parallel", InferencePrecision.BFloat16)]
    [InlineData("gpt_neox_parallel", InferencePrecision.Int8)]
    [InlineData("gpt_neo", InferencePrecision.BFloat16)]
    [InlineData("llama_gqa", InferencePrecision.BFloat16)]
    [InlineData("llama_gqa", InferencePrecision.Int8)]
    [InlineData("bloom_6heads", InferencePrecision.Float32)]
    [InlineData("llama_rope_dynamic", InferencePrecision.Float32)]
    [InlineData("llama_gqa", InferencePrecision.Float32)]
    [InlineData("llama_rope_linear", InferencePrecision.Float32)]
    [InlineData("gpt2", InferencePrecision.Float32)]
    [InlineData("opt_350m_style", InferencePrecision.Float32)]
    [InlineData("llama_rope_dynamic", InferencePrecision.BFloat16)]
    public void No_bit_depends_on_the_pass_or_on_what_is_asked_beside(string name, InferencePrecision precision)
    {
        using Transformer transformer = Load(name, precision);
        ScoredSequence[] sequences = Tree(transformer.Config);
        Loglikelihood[] together = Score(transformer, sequences, 1000);
        Assert.Equal(together, Score(transformer, sequences, 5));
        Assert.Equal(together, Score(transformer, sequences, 33));
        Assert.Equal(together, sequences.Select(sequence => Score(transformer, [sequence], 1000)[0]));
        Assert.Equal(together.Reverse(), Score(transformer, [.. sequences.Reverse()], 40));
    }

    [Theory]
    [InlineData(InferencePrecision.BFloat16, 0.02)]
    [InlineData(InferencePrecision.Int8, 0.05)]
    public void Smaller_types_are_near_fp32(InferencePrecision precision, double share)
    {
        using Transformer exact = Load("llama_gqa", InferencePrecision.Float32), small = Load("llama_gqa", precision);
        ScoredSequence[] sequences = Tree(exact.Config);
        Loglikelihood[] expected = Score(exact, sequences, 1000), answers = Score(small, sequences, 1000);
        for (int i = 0; i < sequences.Length; i++)
            Assert.Equal(expected[i].Value, answers[i].Value, share * Math.Abs(expected[i].Value));
    }

    [Fact]
    public void What_is_shared_is_read_once()
    {
        int[] shots = [.. Enumerable.Range(0, 40)];
        ScoredSequence[] sequences = [.. Enumerable.Range(0, 12).Select(i => new ScoredSequence([.. shots, 50 + i / 4, 60 + i % 4], 41))];
        // Three questions of one token behind the shots; of their choices, of one token, nothing is read.
        Assert.Equal(43, new PrefixTree(sequences, [.. Enumerable.Range(0, 12)]).Nodes);
    }

    private static Transformer Load(string name, InferencePrecision precision)
    {
        Transformer whole = HuggingFaceFolder.Load(
            Fixtures.Path("models", name), precision == InferencePrecision.Float32 ? torch.ScalarType.Float32 : torch.ScalarType.BFloat16,
            cancellation: TestContext.Current.CancellationToken);
        if (precision != InferencePrecision.Int8)
            return whole;
        using (whole)
            return new Transformer(whole.Weights.Quantize());
    }

    private static Loglikelihood[] Score(Transformer transformer, ScoredSequence[] sequences, int tokensPerPass) =>
        new SequenceScorer(new TransformerTree(transformer), tokensPerPass).Score(sequences, null, TestContext.Current.CancellationToken);

    /// <summary>Questions behind the same examples with choices of different lengths, and sequences that share nothing, or everything.</summary>
    private static ScoredSequence[] Tree(TransformerConfig config)
    {
        var random = new Random(5);
        int longest = Math.Min(config.MaxPositions, 60);
        int[] Some(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(config.VocabularySize))];
        int[] shots = Some(longest / 2);
        var sequences = new List<ScoredSequence>();
        for (int question = 0; question < 4; question++)
        {
            int[] context = [.. shots, .. Some(1 + question)];
            for (int choice = 1; choice <= 4; choice++)
                sequences.Add(new ScoredSequence([.. context, .. Some(choice)], context.Length));
        }
        sequences.Add(new ScoredSequence(Some(longest + 1), 1));
        sequences.Add(new ScoredSequence([.. shots], 3));
        sequences.Add(sequences[0]);
        return [.. sequences];
    }
}
