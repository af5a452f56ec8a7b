namespace Castalia.Models;

/// <summary>Whether a model can read a prompt and go on with it.</summary>
internal static class PromptCheck
{
    /// <summary>Refuses a prompt that is empty or holds what is no token of the model.</summary>
    /// <param name="prompt">The tokens.</param>
    /// <param name="config">The model.</param>
    /// <param name="name">What errors call the prompt.</param>
    /// <exception cref="ArgumentException">The message says what is wrong and where.</exception>
    public static void Require(ReadOnlySpan<int> prompt, TransformerConfig config, string name)
    {
        if (prompt.IsEmpty)
            throw new ArgumentException($"{name} has no tokens; give at least the model's begin token.", nameof(prompt));
        for (int i = 0; i < prompt.Length; i++)
        {
            if ((uint)prompt[i] >= (uint)config.VocabularySize)
                throw new ArgumentException($"{name} has {prompt[i]} at position {i}; tokens go from 0 to {config.VocabularySize - 1}.", nameof(prompt));
        }
    }
}

/// <summary>How far a model's positions reach.</summary>
internal static class PositionLimit
{
    /// <summary>Refuses a length that a model cannot compute.</summary>
    /// <exception cref="ArgumentException">The model has learned positions, and fewer of them.</exception>
    public static void Require(TransformerConfig config, long length)
    {
        if (config.Position is LearnedPositions && length > config.MaxPositions)
        {
            throw new ArgumentException(
                $"A prompt and its continuation of {length} tokens do not fit: the model has learned {config.MaxPositions} positions and cannot read further. " +
                "Shorten the prompt or ask for fewer tokens.");
        }
    }

    /// <summary>What to warn of where a model computes a length that it was not trained for; null where there is nothing to say.</summary>
    public static string? Warning(TransformerConfig config, long length)
    {
        bool scaled = config.Position is RotaryPositions { Scaling: DynamicRotaryScaling };
        return length <= config.MaxPositions || scaled ? null
            : $"A prompt and its continuation of {length} tokens are longer than the {config.MaxPositions} that the model was trained for: what comes beyond may make little sense.";
    }
}

/// <summary>The memory that keys and values take.</summary>
internal static class CacheMemory
{
    /// <summary>Bytes of a sequence.</summary>
    public static long Of(TransformerWeights weights, long capacity)
    {
        TransformerConfig config = weights.Config;
        return checked(2L * config.Layers * config.KeyHeads * config.HeadSize * capacity * (weights.DType == TorchSharp.torch.ScalarType.Float32 ? 4 : 2));
    }

    /// <summary>How many sequences take a quarter of the memory at most; at least one.</summary>
    public static int Fitting(TransformerWeights weights, long capacity) =>
        (int)Math.Clamp(Available / 4 / Of(weights, capacity), 1, int.MaxValue);

    /// <summary>Refuses more than there is memory.</summary>
    /// <exception cref="ArgumentException">The message says how much it would take.</exception>
    public static void Require(TransformerWeights weights, long slots, long capacity)
    {
        long bytes = checked(slots * Of(weights, capacity));
        if (bytes > Available)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Keys and values of {slots} sequences of {capacity} tokens take {bytes / 1e9:0.0} GB of memory, and there are {Available / 1e9:0.0} GB. Ask for fewer tokens."));
        }
    }

    private static long Available => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
}
