using System.Text.Json;
using Castalia.Tensors;
using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Backends;

/// <summary>The reference's own batching, truncation and windows over a toy model with a closed formula.</summary>
public sealed class ToyModelTests
{
    private const double Tolerance = 1e-9;

    private static readonly JsonElement Vectors = Read();

    public static TheoryData<int> PassSizes => [1, 3, 1000];

    [Theory]
    [MemberData(nameof(PassSizes))]
    public void Loglikelihoods_equal_the_reference(int tokensPerPass)
    {
        int runs = 0;
        // With its cache of logits the reference takes wrong rows where two requests read the same and are cut elsewhere.
        foreach (JsonElement run in Vectors.GetProperty("loglikelihood").EnumerateArray().Where(run => !run.GetProperty("logits_cache").GetBoolean()))
        {
            JsonElement[] cases = [.. run.GetProperty("cases").EnumerateArray()];
            ScoredSequence[] sequences = [.. cases.Select(one => ScoredSequence.Of(
                TokenPair.Encode(one.GetProperty("context").GetString()!, one.GetProperty("continuation").GetString()!, Encode, 0), 0, run.GetProperty("max_length").GetInt32()))];
            Loglikelihood[] answers = new SequenceScorer(new ToyTree(), tokensPerPass).Score(sequences, null, TestContext.Current.CancellationToken);
            for (int i = 0; i < cases.Length; i++)
            {
                Assert.Equal(cases[i].GetProperty("ll").GetDouble(), answers[i].Value, Tolerance);
                Assert.Equal(cases[i].GetProperty("is_greedy").GetBoolean(), answers[i].IsGreedy);
            }
            runs++;
        }
        Assert.Equal(4, runs);
    }

    [Theory]
    [MemberData(nameof(PassSizes))]
    public void Whole_texts_equal_the_reference(int tokensPerPass)
    {
        foreach (JsonElement run in Vectors.GetProperty("rolling").EnumerateArray())
        {
            foreach (JsonElement one in run.GetProperty("cases").EnumerateArray())
            {
                ScoredSequence[] windows = [.. RollingWindows.Of(Encode(one.GetProperty("text").GetString()!), 0, run.GetProperty("max_length").GetInt32())
                    .Select(window => new ScoredSequence([.. window.Context, .. window.Targets], window.Context.Count))];
                Loglikelihood[] answers = new SequenceScorer(new ToyTree(), tokensPerPass).Score(windows, null, TestContext.Current.CancellationToken);
                Assert.Equal(one.GetProperty("ll").GetDouble(), answers.Sum(answer => answer.Value), Tolerance);
            }
        }
    }

    private static JsonElement Read()
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("eval", "vectors", "hflm_toy.json")));
        return file.RootElement.Clone();
    }

    private static int[] Encode(string text)
    {
        string alphabet = Vectors.GetProperty("alphabet").GetString()!;
        return [.. text.Select(letter => alphabet.IndexOf(letter, StringComparison.Ordinal) + 1)];
    }

    /// <summary>logit(v) = 3 sin(0.7 (x + 1)(v + 1)) + 0.5 cos(0.3 (v + 1) + 0.05 S) after token x, where S is the sum of all ids up to it.</summary>
    private sealed class ToyTree : ITreeModel, ITreeWalk
    {
        private const int Vocabulary = 48;

        private readonly long[] _sums = new long[1000]; // along the path

        public int KindOf(int length) => 0;

        public ITreeWalk Begin(int longest, int kind) => new ToyTree();

        public (double[] LogProbabilities, bool[] Greedy) Read(TreePass pass)
        {
            var logits = new double[pass.Tokens.Length][];
            int token = 0;
            foreach (TokenRun run in pass.Runs)
            {
                for (int position = run.Start; position < run.End; position++, token++)
                {
                    int x = pass.Tokens[token];
                    _sums[position] = (position == 0 ? 0 : _sums[position - 1]) + x;
                    logits[token] = [.. Enumerable.Range(1, Vocabulary).Select(v => 3 * Math.Sin(0.7 * (x + 1) * v) + 0.5 * Math.Cos(0.3 * v + 0.05 * _sums[position]))];
                }
            }
            double[][] wanted = [.. pass.Rows.Select(row => logits[pass.Wanted[row]])];
            return ([.. wanted.Select((row, i) => row[pass.Labels[i]] - Math.Log(row.Sum(Math.Exp)))],
                [.. wanted.Select((row, i) => Array.IndexOf(row, row.Max()) == pass.Labels[i])]);
        }

        public void Dispose()
        {
        }
    }
}
