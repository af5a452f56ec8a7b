namespace Castalia.Models;

/// <summary>One parameter of a model: its canonical name, its shape and what it is for. No libtorch.</summary>
/// <param name="Name">Canonical name, the same in every architecture: <c>layers.3.attention.qkv.weight</c>.</param>
/// <param name="Shape">Lengths of its dimensions; a matrix is [out, in].</param>
/// <param name="Role">What it is for; initialisation and weight decay follow it.</param>
public sealed record ParameterSpec(string Name, long[] Shape, ParameterRole Role)
{
    /// <summary>Number of elements.</summary>
    public long Count
    {
        get
        {
            long count = 1;
            foreach (long length in Shape)
                count = checked(count * length);
            return count;
        }
    }

    /// <summary>Whether weight decay applies: to all but biases and norms, embeddings included, as GPT-NeoX does.</summary>
    public bool Decays => Role is not (ParameterRole.Bias or ParameterRole.Norm);
}

/// <summary>What a parameter is for.</summary>
public enum ParameterRole
{
    /// <summary>Token embedding.</summary>
    Embedding,

    /// <summary>Token unembedding, where it is not the embedding.</summary>
    Unembedding,

    /// <summary>A matrix that reads the residual stream: qkv, MLP up.</summary>
    Input,

    /// <summary>A matrix that writes to the residual stream: attention output, MLP down.</summary>
    Output,

    /// <summary>A norm's gain or its bias.</summary>
    Norm,

    /// <summary>A projection's bias.</summary>
    Bias,
}
