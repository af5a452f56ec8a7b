using TorchSharp;

namespace Castalia.Models;

/// <summary>Keeps what passes the given places of the latest forward pass. Disposing of it frees the kept tensors.</summary>
/// <param name="places">Names of <see cref="TapPlaces"/>.</param>
public sealed class ActivationRecorder(params IEnumerable<string> places) : ITap, IDisposable
{
    private readonly HashSet<string> _places = new(places, StringComparer.Ordinal);
    private readonly Dictionary<string, torch.Tensor> _kept = new(StringComparer.Ordinal);

    /// <summary>What passed a place in the latest pass, without its gradient history; the recorder owns it.</summary>
    /// <exception cref="KeyNotFoundException">The place was not asked for, or no pass has reached it.</exception>
    public torch.Tensor this[string place] => _kept[place];

    /// <summary>The kept tensors by place.</summary>
    public IReadOnlyDictionary<string, torch.Tensor> Kept => _kept;

    /// <inheritdoc/>
    public bool Wants(string place) => _places.Contains(place);

    /// <inheritdoc/>
    public torch.Tensor Visit(string place, torch.Tensor value)
    {
        if (_kept.Remove(place, out torch.Tensor? former))
            former.Dispose();
        _kept.Add(place, value.detach().DetachFromDisposeScope());
        return value;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (torch.Tensor tensor in _kept.Values)
            tensor.Dispose();
        _kept.Clear();
    }
}

/// <summary>Replaces what passes one place: patching, ablation, steering.</summary>
/// <param name="place">A name of <see cref="TapPlaces"/>.</param>
/// <param name="replace">From the value to what the pass goes on with, of the same shape and type.</param>
public sealed class ActivationPatch(string place, Func<torch.Tensor, torch.Tensor> replace) : ITap
{
    /// <inheritdoc/>
    public bool Wants(string candidate) => candidate == place;

    /// <inheritdoc/>
    public torch.Tensor Visit(string candidate, torch.Tensor value) => replace(value);
}
