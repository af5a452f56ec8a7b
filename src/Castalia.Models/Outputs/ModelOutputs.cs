using Castalia.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Models;

/// <summary>
/// What a model computes for given tokens, as files: what every comparison with another library needs. The logits as <c>logits</c>,
/// [batch, sequence, vocabulary]; the hidden states as <c>hidden_states.i</c>, [batch, sequence, hidden]: the embedding's output, then the
/// residual stream after each block, the last one after what follows the last block (transformers' <c>output_hidden_states</c>). All in fp32.
/// </summary>
public static class ModelOutputs
{
    private const int FirstChunk = 8;

    /// <summary>Computes them and writes the files.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ids">The tokens.</param>
    /// <param name="mask">1 where a token counts and 0 where it is padding on the left; null where all count.</param>
    /// <param name="cached">Whether to compute by the key-value cache, a few tokens at first and then one at a time, instead of in one pass.</param>
    /// <param name="logitsPath">Where the logits go.</param>
    /// <param name="hiddenPath">Where the hidden states go; null for nowhere.</param>
    /// <param name="progress">Told the tokens done.</param>
    /// <param name="cancellation">Stops between tokens.</param>
    /// <exception cref="InputException">The mask has another shape, the model cannot read sequences so long, or a file cannot be written.</exception>
    public static void Write(
        Transformer model, TokenMatrix ids, TokenMatrix? mask, bool cached, string logitsPath, string? hiddenPath,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (mask is not null && (mask.Rows, mask.Columns) != (ids.Rows, ids.Columns))
        {
            throw new InputException(
                mask.File, null, $"the mask has {mask.Rows} rows of {mask.Columns}, the token ids {ids.Rows} rows of {ids.Columns}.", "Write a mask of the same shape.");
        }
        if (model.Config.Position is LearnedPositions && ids.Columns > model.Config.MaxPositions)
        {
            throw new InputException(
                ids.File, null, $"the rows have {ids.Columns} tokens, and the model has learned {model.Config.MaxPositions} positions.", "Shorten the rows.");
        }
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        int layers = model.Config.Layers;
        string[] places = [TapPlaces.Embedding, .. Enumerable.Range(0, layers - 1).Select(TapPlaces.Residual), TapPlaces.FinalNorm];
        using ActivationRecorder? recorder = hiddenPath is null ? null : new ActivationRecorder(places);
        using KeyValueCache? cache = cached ? new KeyValueCache(model.Weights, ids.Rows, ids.Columns) { RotaryLength = ids.Columns } : null;
        Tensor all = tensor(ids.Values).view(ids.Rows, ids.Columns);                 // [batch, sequence]
        Tensor? counts = mask is null ? null : tensor(mask.Values).view(mask.Rows, mask.Columns);

        List<Tensor> logits = [];
        List<Tensor>[] states = [.. places.Select(_ => new List<Tensor>())];
        for (int done = 0; done < ids.Columns;)
        {
            cancellation.ThrowIfCancellationRequested();
            int take = !cached ? ids.Columns : done == 0 ? Math.Min(FirstChunk, ids.Columns) : 1;
            Tensor hidden = model.Hidden(
                all.narrow(1, done, take),
                new ForwardOptions { Cache = cache, AttentionMask = counts?.narrow(1, 0, done + take), Tap = recorder });
            logits.Add(model.Logits(hidden).to(ScalarType.Float32));
            for (int i = 0; recorder is not null && i < places.Length; i++)
                states[i].Add(recorder[places[i]].to(ScalarType.Float32, copy: true));
            done += take;
            progress?.Report(new WorkProgress("compute", done, ids.Columns, "tokens"));
        }
        var metadata = new Dictionary<string, string> { ["format"] = "pt" };
        TensorFiles.Save(logitsPath, new Dictionary<string, Tensor> { ["logits"] = cat(logits, 1) }, metadata);
        if (hiddenPath is not null)
            TensorFiles.Save(hiddenPath, states.Select((parts, i) => (Name: $"hidden_states.{i}", Value: cat(parts, 1))).ToDictionary(pair => pair.Name, pair => pair.Value), metadata);
    }
}
