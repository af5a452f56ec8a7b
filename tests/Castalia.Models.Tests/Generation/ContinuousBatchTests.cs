using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Models.Tests.Generation;

public sealed class ContinuousBatchTests
{
    private static readonly GenerationOptions Eight = new() { MaxNewTokens = 8, StopTokens = [] };

    /// <summary>What came of a sequence.</summary>
    private sealed record Outcome(List<int> Tokens, List<float> LogProbabilities, FinishReason? Finish)
    {
        public FinishReason? Finish { get; set; } = Finish;
    }

    /// <summary>Sequences come at any step, some are taken out, prompts are read in parts: each becomes what it becomes alone.</summary>
    [Theory]
    [InlineData("gpt_neox_parallel")]
    [InlineData("llama_gqa")]
    [InlineData("bloom_6heads")]
    [InlineData("gpt_neo")]
    [InlineData("opt")]
    public void What_becomes_of_a_sequence_does_not_depend_on_the_others(string name)
    {
        using Transformer model = GoldenModel.Load(name);
        var random = new Random(11); // seeded: a draw may be as near to a border between tokens as rounding, once in a million
        for (int trial = 0; trial < 15; trial++)
        {
            var sequences = Enumerable.Range(0, random.Next(1, 7)).Select(_ => (
                Prompt: Enumerable.Range(0, random.Next(1, 21)).Select(_ => random.Next(model.Config.VocabularySize)).ToArray(),
                Arrives: random.Next(7), Leaves: random.Next(2, 60), Temperature: random.Next(2) * 0.9)).ToArray();
            (int slots, int width, bool reuse) = (random.Next(1, 5), random.Next(1, 41), random.Next(2) == 1);
            Outcome[] alone = [.. sequences.Select((one, i) => Alone(model, one.Prompt, Options(one.Temperature), i))];
            using var batch = new ContinuousBatch(model, slots, 32) { PromptTokensPerStep = width, ReusesPrefixes = reuse };
            var rows = new Dictionary<int, int>();
            var outcomes = sequences.Select(_ => new Outcome([], [], null)).ToArray();
            var waiting = new Queue<int>(Enumerable.Range(0, sequences.Length).OrderBy(i => sequences[i].Arrives));
            for (int step = 0; waiting.Count > 0 || rows.Count > 0; step++)
            {
                Assert.True(step < 2000);
                while (waiting.TryPeek(out int next) && sequences[next].Arrives <= step && batch.FreeSlots > 0)
                {
                    waiting.Dequeue();
                    rows.Add(batch.Add(sequences[next].Prompt, Options(sequences[next].Temperature), stream: next), next);
                }
                foreach ((int id, int row) in rows.Where(pair => sequences[pair.Value].Leaves <= step).ToArray())
                {
                    int free = batch.FreeSlots;
                    batch.Remove(id);
                    Assert.Equal(free + 1, batch.FreeSlots);
                    rows.Remove(id);
                }
                foreach (BatchToken token in batch.Step())
                {
                    Take(outcomes[rows[token.Sequence]], token);
                    if (token.Finish is not null)
                        rows.Remove(token.Sequence);
                }
                Assert.Equal(slots - rows.Count, batch.FreeSlots);
            }
            foreach ((Outcome expected, Outcome found) in alone.Zip(outcomes))
            {
                if (found.Finish is not null) // none was taken out of this one
                    Assert.Equal(expected.Finish, found.Finish);
                Assert.Equal(expected.Tokens.Take(found.Finish is null ? found.Tokens.Count : int.MaxValue), found.Tokens);
                for (int i = 0; i < found.Tokens.Count; i++)
                    Assert.Equal(expected.LogProbabilities[i], found.LogProbabilities[i], 1e-4f);
            }
        }

        GenerationOptions Options(double temperature) => Eight with { Temperature = temperature, Seed = 5, LogProbabilities = 2 };
    }

    [Fact]
    public void Sequences_that_have_begun_go_on_while_a_long_prompt_is_read()
    {
        using Transformer model = GoldenModel.Load("gpt_neox_parallel");
        using var batch = new ContinuousBatch(model, 2, 64) { PromptTokensPerStep = 4 };
        int[] prompt = [.. Enumerable.Range(10, 19)];
        int first = batch.Add([1, 2, 3], Eight);
        Assert.Equal(first, Assert.Single(batch.Step()).Sequence);
        int second = batch.Add(prompt, Eight);
        for (int part = 0; part < 4; part++) // four parts of four tokens; the fifth ends the prompt
            Assert.Equal(first, Assert.Single(batch.Step()).Sequence);
        Assert.Equal([second, first], batch.Step().Select(token => token.Sequence));
    }

    [Fact]
    public void Probabilities_are_the_models_own_whatever_is_drawn_from()
    {
        using var scope = NewDisposeScope();
        using Transformer model = GoldenModel.Load("gpt_neox_parallel");
        using var batch = new ContinuousBatch(model, 1, 64);
        List<int> tokens = [31, 43, 229];
        batch.Add([.. tokens], Eight with { Temperature = 0.5, TopK = 3, RepetitionPenalty = 1.5, LogProbabilities = 4 });
        for (int i = 0; i < 8; i++)
        {
            BatchToken token = Assert.Single(batch.Step());
            float[] expected;
            using (no_grad())
                expected = [.. model.Logits(model.Hidden(tensor(tokens.Select(one => (long)one).ToArray()).view(1, -1)).select(1, tokens.Count - 1)).log_softmax(-1).view(-1).data<float>()];
            Assert.Equal(expected[token.Token], token.LogProbability, 1e-4f);
            int[] order = [.. Enumerable.Range(0, expected.Length).OrderByDescending(one => expected[one]).Take(4)];
            Assert.Equal(order, token.Top.Select(one => one.Token));
            Assert.All(token.Top, one => Assert.Equal(expected[one.Token], one.LogProbability, 1e-4f));
            Assert.Equal(i == 7 ? FinishReason.Length : null, token.Finish);
            tokens.Add(token.Token);
        }
    }

    [Fact]
    public void A_prompt_that_begins_like_another_is_not_computed_again()
    {
        using Transformer model = GoldenModel.Load("llama_gqa");
        int[] turn = [.. Enumerable.Range(1, 20)];
        using var batch = new ContinuousBatch(model, 1, 64) { ReusesPrefixes = true };
        List<int> answer = Run(batch, batch.Add(turn, Eight)).Tokens;
        int[] next = [.. turn, .. answer, 100, 101];
        List<int> again = Run(batch, batch.Add(next, Eight)).Tokens;
        Assert.Equal(27, batch.ReusedTokens); // all but the answer's last token, which was chosen and never read
        Assert.Equal(Alone(model, next, Eight, 0).Tokens, again);
        // Of a beginning that differs, only what is common.
        int[] other = [.. turn[..10], 200, 201];
        Assert.Equal(Alone(model, other, Eight, 0).Tokens, Run(batch, batch.Add(other, Eight)).Tokens);
        Assert.Equal(37, batch.ReusedTokens);
    }

    [Fact]
    public void A_sequence_ends_where_its_room_ends()
    {
        using Transformer model = GoldenModel.Load("gpt_neox_parallel");
        using var batch = new ContinuousBatch(model, 1, 6);
        Outcome outcome = Run(batch, batch.Add([1, 2, 3], Eight));
        Assert.Equal(3, outcome.Tokens.Count);
        Assert.Equal(FinishReason.Length, outcome.Finish);
        Assert.Equal(Alone(model, [1, 2, 3], Eight, 0).Tokens.Take(3), outcome.Tokens);
    }

    [Fact]
    public void Nothing_stays_behind_from_one_step_to_the_next()
    {
        using Transformer model = GoldenModel.Load("llama_gqa");
        using var batch = new ContinuousBatch(model, 3, 64);
        batch.Add([1, 2, 3], Eight with { MaxNewTokens = 40 });
        batch.Add([4, 5], Eight with { MaxNewTokens = 40 });
        batch.Step();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 30; i++)
            batch.Step();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void What_cannot_be_taken_is_refused()
    {
        using Transformer model = GoldenModel.Load("gpt2");
        using var batch = new ContinuousBatch(model, 1, 8);
        Assert.Contains("no tokens", Assert.Throws<ArgumentException>(() => batch.Add([], Eight)).Message, StringComparison.Ordinal);
        Assert.Contains("position 1", Assert.Throws<ArgumentException>(() => batch.Add([1, -1], Eight)).Message, StringComparison.Ordinal);
        Assert.Contains("8", Assert.Throws<ArgumentException>(() => batch.Add([1, 2, 3, 4, 5, 6, 7, 8], Eight)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => batch.Add([1], Eight with { NumBeams = 2 }));
        Assert.Throws<ArgumentException>(() => batch.Add([1], Eight with { MinP = 2 }));
        batch.Add([1], Eight);
        Assert.Throws<InvalidOperationException>(() => batch.Add([1], Eight));
        batch.Remove(17); // there is no such sequence
        Assert.Equal(0, batch.FreeSlots);
        Assert.Throws<OperationCanceledException>(() => batch.Step(new CancellationToken(canceled: true)));
        Assert.Contains("positions", Assert.Throws<ArgumentException>(() => new ContinuousBatch(model, 1, model.Config.MaxPositions + 1)).Message, StringComparison.Ordinal);
    }

    private static Outcome Alone(Transformer model, int[] prompt, GenerationOptions options, int stream)
    {
        using var batch = new ContinuousBatch(model, 1, 64);
        return Run(batch, batch.Add(prompt, options, stream));
    }

    private static Outcome Run(ContinuousBatch batch, int sequence)
    {
        var outcome = new Outcome([], [], null);
        while (outcome.Finish is null)
        {
            foreach (BatchToken token in batch.Step())
            {
                Assert.Equal(sequence, token.Sequence);
                Take(outcome, token);
            }
        }
        return outcome;
    }

    private static void Take(Outcome outcome, BatchToken token)
    {
        Assert.Null(outcome.Finish);
        outcome.Tokens.Add(token.Token);
        outcome.LogProbabilities.Add(token.LogProbability);
        outcome.Finish = token.Finish;
    }
}
