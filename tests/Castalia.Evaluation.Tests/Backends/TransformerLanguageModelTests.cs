using System.Text;
using Castalia.Evaluation.Tests.Golden;
using Castalia.Models;
using TorchSharp;

namespace Castalia.Evaluation.Tests.Backends;

public sealed class TransformerLanguageModelTests : IDisposable
{
    private const double Tolerance = 2e-4; // fp32 sums of up to 64 tokens against a softmax in fp64

    private readonly Transformer _transformer = TinyModel.Load();

    public void Dispose() => _transformer.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private TransformerLanguageModel Model(LanguageModelOptions? options = null) => new(_transformer, TinyModel.Tokenizer, "tiny", options);

    private static readonly LoglikelihoodRequest[] Requests =
    [
        new("Hello there,", " world"),
        new("", " nothing before"),
        new("trailing blank ", "word"),
        new("Q: which?\nA:", " a"),
        new("Q: which?\nA:", " b"),
        new("Q: which?\nA:", " bc"),
        new("Q: which?\nA:", " bc"),
        new(new string('x', 90) + " long", " context"),
        new("é𝄞", " ß"),
    ];

    [Fact]
    public void Answers_equal_a_plain_pass_over_each_request_alone()
    {
        IReadOnlyList<Loglikelihood> answers = Model().Loglikelihoods(Requests, null, Stop);
        for (int i = 0; i < Requests.Length; i++)
        {
            // With a token a byte, the cut between context and continuation is where the trailing blanks begin.
            string stripped = Requests[i].Context.TrimEnd();
            int[] context = stripped.Length == 0 ? [TinyModel.EndOfText] : Bytes(stripped);
            int[] continuation = Bytes(Requests[i].Context[stripped.Length..] + Requests[i].Continuation);
            int[] kept = context[^Math.Min(context.Length, 65 - continuation.Length)..];
            (double sum, bool greedy) = TinyModel.Plain(_transformer, [.. kept, .. continuation], kept.Length);
            Assert.Equal(sum, answers[i].Value, Tolerance);
            Assert.Equal(greedy, answers[i].IsGreedy);
        }
        Assert.Equal(answers[5], answers[6]);
    }

    [Fact]
    public void A_greedy_continuation_is_called_greedy()
    {
        int[] context = Bytes("Hello");
        using var noGrad = torch.no_grad();
        using torch.Tensor input = torch.tensor(context.Select(t => (long)t).ToArray()).unsqueeze(0);
        using torch.Tensor hidden = _transformer.Hidden(input);
        using torch.Tensor logits = _transformer.Logits(hidden);
        long best = logits[0, -1].argmax().item<long>();
        var scorer = new SequenceScorer(new TransformerTree(_transformer), 100);
        Loglikelihood[] answers = scorer.Score([new([.. context, (int)best], context.Length), new([.. context, (int)(best + 1) % 320], context.Length)], null, Stop);
        Assert.True(answers[0].IsGreedy);
        Assert.False(answers[1].IsGreedy);
        Assert.True(answers[0].Value > answers[1].Value);
    }

    [Theory]
    [InlineData(1, torch.ScalarType.Float32)]
    [InlineData(7, torch.ScalarType.Float32)]
    [InlineData(70, torch.ScalarType.Float32)]
    [InlineData(1000, torch.ScalarType.Float32)]
    [InlineData(7, torch.ScalarType.BFloat16)]
    [InlineData(70, torch.ScalarType.BFloat16)]
    public void An_answer_depends_neither_on_the_pass_nor_on_its_neighbours(int tokensPerPass, torch.ScalarType type)
    {
        using Transformer transformer = TinyModel.Load(type);
        var whole = new TransformerLanguageModel(transformer, TinyModel.Tokenizer, "tiny");
        var parts = new TransformerLanguageModel(transformer, TinyModel.Tokenizer, "tiny", new LanguageModelOptions { TokensPerPass = tokensPerPass });
        IReadOnlyList<Loglikelihood> expected = whole.Loglikelihoods(Requests, null, Stop);
        Assert.Equal(expected, parts.Loglikelihoods(Requests, null, Stop));
        Assert.Equal(expected, parts.Loglikelihoods([.. Requests.Reverse()], null, Stop).Reverse());
        Assert.Equal(expected, Requests.Select(request => whole.Loglikelihoods([request], null, Stop)[0]));
    }

    [Fact]
    public void Each_answer_is_told_once_as_it_is_there()
    {
        var told = new Dictionary<int, Loglikelihood>();
        IReadOnlyList<Loglikelihood> answers = Model(new LanguageModelOptions { TokensPerPass = 40 }).Loglikelihoods(Requests, told.Add, Stop);
        Assert.Equal(answers, Enumerable.Range(0, Requests.Length).Select(i => told[i]));
    }

    [Fact]
    public void An_input_inside_another_ones_is_answered_by_its_pass()
    {
        int[] longer = Bytes("abcdefgh");
        ScoredSequence[] all = [new(longer, 1), new(longer[..4], 2), new([.. longer[..3], 99], 3)];
        var scorer = new SequenceScorer(new TransformerTree(_transformer), 1000);
        Loglikelihood[] together = scorer.Score(all, null, Stop);
        for (int i = 0; i < all.Length; i++)
            Assert.Equal(TinyModel.Plain(_transformer, all[i].Tokens, all[i].FirstTarget).sum, together[i].Value, Tolerance);
    }

    [Fact]
    public void Whole_texts_are_scored_in_windows_of_the_models_context()
    {
        string text = string.Concat(Enumerable.Repeat("The spring at Delphi. ", 9));
        int[] tokens = [TinyModel.EndOfText, .. Bytes(text)];
        double expected = 0;
        for (int done = 0; done < tokens.Length - 1;)
        {
            int count = Math.Min(64, tokens.Length - 1 - done), start = Math.Max(0, done + count - 64);
            expected += TinyModel.Plain(_transformer, tokens[start..(done + count + 1)], done - start + 1).sum;
            done += count;
        }
        Assert.True(tokens.Length > 3 * 64);
        IReadOnlyList<double> answers = Model().RollingLoglikelihoods([new(text), new(""), new(text)], null, Stop);
        Assert.Equal(expected, answers[0], 10 * Tolerance);
        Assert.Equal(0, answers[1]);
        Assert.Equal(answers[0], answers[2]);
    }

    [Fact]
    public void Bfloat16_answers_are_near_those_of_fp32()
    {
        using Transformer half = TinyModel.Load(torch.ScalarType.BFloat16);
        IReadOnlyList<Loglikelihood> exact = Model().Loglikelihoods(Requests, null, Stop);
        IReadOnlyList<Loglikelihood> near = new TransformerLanguageModel(half, TinyModel.Tokenizer, "tiny").Loglikelihoods(Requests, null, Stop);
        for (int i = 0; i < Requests.Length; i++)
            Assert.Equal(exact[i].Value, near[i].Value, 0.02 * Math.Abs(exact[i].Value));
    }

    [Fact]
    public void A_real_task_runs_from_file_to_metrics()
    {
        EvaluationPlan plan = EvaluationPlan.Build(GoldenRun.Library.Load("lambada_openai", "blimp_wh_island"), new EvaluationOptions { Limit = 4, BootstrapIterations = 100, Datasets = GoldenRun.Datasets }, null, Stop);
        EvaluationResult result = Evaluator.Evaluate(plan, Model(), null, Stop);
        Assert.InRange(result.Tasks[0].Metrics[0].Value, 320, double.MaxValue); // a word of several bytes, each one of 320
        Assert.InRange(result.Tasks[1].Metrics[0].Value, 0, 1);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.Contains("the model reads 8", Assert.Throws<InputException>(() =>
            Model(new LanguageModelOptions { MaxLength = 8 }).Loglikelihoods([new("a", " much too long")], null, Stop)).Message, StringComparison.Ordinal);
        Assert.Contains("no token of its own", Assert.Throws<InputException>(() => Model().Loglikelihoods([new("a", "")], null, Stop)).Message, StringComparison.Ordinal);
    }

    private static int[] Bytes(string text) => [.. Encoding.UTF8.GetBytes(text).Select(b => (int)b)];
}
