using System.Diagnostics;
using System.Text.Unicode;
using Castalia.Bench.Output;
using Castalia.Text;
using Castalia.Text.AddedTokens;
using Castalia.Text.Bpe;
using Castalia.Text.Models;
using Castalia.Text.PreTokenization;

namespace Castalia.Bench.Tokenizers;

/// <summary>Where the time of our own encoding goes: each phase alone over a whole corpus, on one thread.</summary>
internal sealed class EncodingPhases
{
    private readonly BenchCorpus _corpus;
    private readonly Tokenizer _tokenizer;
    private readonly EncodingPlan _plan;
    private readonly WordCache _cache = new();
    private readonly MissRecorder _recorder;
    private readonly IdBuffer _ids = new();
    private readonly List<int> _list = [];
    private readonly int[] _ends = new int[512];
    private int _words;

    private EncodingPhases(BenchCorpus corpus, Tokenizer tokenizer)
    {
        (_corpus, _tokenizer, _plan) = (corpus, tokenizer, new EncodingPlan(tokenizer.Pipeline));
        _recorder = new MissRecorder(_plan.CreateEncoder());
    }

    /// <summary>The phases of one vocabulary on one corpus, each the median of some rounds.</summary>
    public static PhaseRow Measure(BenchCorpus corpus, string vocabulary, int rounds)
    {
        EncodingPhases phases = new(corpus, Vocabularies.Ours(vocabulary));
        for (int pass = 0; pass < 2; pass++)
        {
            phases._recorder.Words.Clear();
            phases.LookUp();
        }
        Action[] actions = [phases.Validate, phases.CheckNormalization, phases.FindAddedTokens, phases.FindWords, phases.MergeMisses, phases.Encode];
        double[][] seconds = [.. actions.Select(_ => new double[rounds])];
        for (int round = -2; round < rounds; round++)
        {
            for (int i = 0; i < actions.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                actions[i]();
                if (round >= 0)
                    seconds[i][round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            }
        }
        double[] medians = [.. seconds.Select(Statistics.Median)];
        return new PhaseRow(vocabulary, corpus.Name, corpus.Bytes, phases._words, phases._recorder.Words.Count, medians[0], medians[1], medians[2], medians[3],
            medians[4], medians[5]);
    }

    private void Validate()
    {
        foreach (byte[] text in _corpus.Utf8)
            Utf8.IsValid(text);
    }

    private void CheckNormalization()
    {
        foreach (byte[] text in _corpus.Utf8)
            _plan.Normalizer?.LeavesAsIs(text);
    }

    private void FindAddedTokens()
    {
        foreach (byte[] text in _corpus.Utf8)
        {
            AddedTokenMatcher.Walk raw = _plan.RawTokens.Over(text, specialAsText: false);
            while (raw.Next())
            {
                AddedTokenMatcher.Walk normalized = _plan.NormalizedTokens.Over(raw.Stretch, specialAsText: false);
                while (normalized.Next())
                {
                }
            }
        }
    }

    private void FindWords()
    {
        WordScanner scanner = _plan.Scanners!.Single();
        _words = 0;
        foreach (byte[] text in _corpus.Utf8)
        {
            for (int start = 0; start < text.Length;)
            {
                int count = scanner.FindEnds(text, start, text.Length, _ends);
                start = _ends[count - 1];
                _words += count;
            }
        }
    }

    /// <summary>A pass that notes the words which the cache does not know.</summary>
    private void LookUp()
    {
        WordScanner scanner = _plan.Scanners!.Single();
        foreach (byte[] text in _corpus.Utf8)
        {
            AddedTokenMatcher.Walk normalized = _plan.NormalizedTokens.Over(text, specialAsText: false);
            while (normalized.Next())
            {
                _ids.Clear();
                if (normalized.Token is null)
                    _cache.Encode(text, normalized.Start, normalized.End, scanner, _recorder, _ids);
            }
        }
    }

    private void MergeMisses()
    {
        foreach (byte[] word in _recorder.Words)
        {
            _ids.Clear();
            _recorder.Encoder.Encode(word, _ids);
        }
    }

    private void Encode()
    {
        foreach (byte[] text in _corpus.Utf8)
        {
            _list.Clear();
            _tokenizer.Encode(text, _list);
        }
    }

    private sealed class MissRecorder(PieceEncoder encoder) : PieceEncoder
    {
        public PieceEncoder Encoder => encoder;

        public List<byte[]> Words { get; } = [];

        public override void Encode(ReadOnlySpan<byte> piece, IdBuffer tokens)
        {
            Words.Add(piece.ToArray());
            encoder.Encode(piece, tokens);
        }
    }
}

/// <summary>Seconds that phases of our encoding take over a corpus.</summary>
/// <param name="Vocabulary">The vocabulary.</param>
/// <param name="Corpus">The texts.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="Words">Words found.</param>
/// <param name="Misses">Words that the warm cache did not know.</param>
/// <param name="Validate">Looking whether the text is UTF-8.</param>
/// <param name="Normalize">Looking whether it is normalized.</param>
/// <param name="AddedTokens">Looking for added tokens.</param>
/// <param name="FindWords">Finding words.</param>
/// <param name="MergeMisses">Merging those that the cache did not know.</param>
/// <param name="Whole">Everything.</param>
internal sealed record PhaseRow(string Vocabulary, string Corpus, long Bytes, int Words, int Misses, double Validate, double Normalize, double AddedTokens,
    double FindWords, double MergeMisses, double Whole)
{
    /// <summary>What is left: looking words up and writing ids.</summary>
    public double Rest => Whole - Validate - Normalize - AddedTokens - FindWords - MergeMisses;
}
