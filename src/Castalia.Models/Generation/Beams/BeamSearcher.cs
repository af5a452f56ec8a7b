using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Models.Beams;

/// <summary>Beam search with a model: the prompt is read once, each beam then has a slot of the key-value cache.</summary>
internal static class BeamSearcher
{
    private const int PromptTokensPerPass = 512;

    /// <summary>What the search finds, the best first.</summary>
    public static IReadOnlyList<BeamHypothesis> Search(Transformer model, int[] prompt, GenerationOptions options, CancellationToken cancellation)
    {
        using IDisposable noGradient = no_grad();
        CacheMemory.Require(model.Weights, options.NumBeams, prompt.Length + options.MaxNewTokens);
        using var cache = new KeyValueCache(model.Weights, options.NumBeams, prompt.Length + options.MaxNewTokens);
        var search = new BeamSearch(options, [.. StopTokens.Of(options, model.Config).Distinct()], prompt);
        for (int start = 0; start < prompt.Length; start += PromptTokensPerPass)
        {
            cancellation.ThrowIfCancellationRequested();
            int end = Math.Min(start + PromptTokensPerPass, prompt.Length);
            float[] next = LogProbabilities(model, cache, [.. prompt[start..end].Select(token => (long)token)], [0]);
            if (end == prompt.Length)
                search.Advance(next);
        }
        int[] slots = [0]; // of the beams, in their order
        while (!search.Done)
        {
            cancellation.ThrowIfCancellationRequested();
            slots = Follow(search.Running, slots, cache);
            search.Advance(LogProbabilities(model, cache, [.. search.Running.Select(beam => (long)beam.Token)], slots));
        }
        return search.Hypotheses;
    }

    /// <summary>
    /// Gives the new beams slots that hold their parents' keys and values: the first child of a beam stays in its slot, the others get copies
    /// in the slots of beams without children. So no beam is overwritten before it is copied, and most are not copied at all.
    /// </summary>
    private static int[] Follow(IReadOnlyList<Beam> beams, int[] parents, KeyValueCache cache)
    {
        int[] slots = new int[beams.Count];
        HashSet<int> kept = [.. beams.Select(beam => beam.Parent)], stayed = [];
        var free = new Queue<int>(Enumerable.Range(0, cache.Slots).Except(kept.Select(parent => parents[parent])));
        for (int beam = 0; beam < beams.Count; beam++)
        {
            int from = parents[beams[beam].Parent];
            slots[beam] = stayed.Add(from) ? from : free.Dequeue();
            cache.Copy(from, slots[beam]);
        }
        return slots;
    }

    /// <summary>Runs new tokens through the model; the log probabilities after each row, [rows, vocabulary].</summary>
    private static float[] LogProbabilities(Transformer model, KeyValueCache cache, long[] ids, int[] slots)
    {
        using DisposeScope scope = NewDisposeScope();
        int width = ids.Length / slots.Length;
        // In the order of slots, which are then read where they lie; copied together they would cost as much as the whole pass.
        long[] order = [.. Enumerable.Range(0, slots.Length).OrderBy(row => slots[row]).Select(row => (long)row)];
        Tensor rows = tensor(ids, device: model.Weights.Device).view(slots.Length, width).index_select(0, tensor(order, device: model.Weights.Device));
        Tensor hidden = model.Hidden(rows, new ForwardOptions { Cache = cache, Slots = [.. slots.Order()] });
        Tensor scores = model.Logits(hidden.select(1, width - 1)).to(ScalarType.Float32).log_softmax(-1).cpu();
        scores = empty_like(scores).index_copy_(0, tensor(order), scores);
        return MemoryMarshal.Cast<byte, float>(scores.bytes).ToArray();
    }
}
