namespace Castalia.Formats;

/// <summary>Element types of a Megatron dataset, by the code in its index.</summary>
public enum MegatronDType : byte
{
    /// <summary>Unsigned byte.</summary>
    UInt8 = 1,
    /// <summary>Signed byte.</summary>
    Int8 = 2,
    /// <summary>Signed 16-bit integer.</summary>
    Int16 = 3,
    /// <summary>Signed 32-bit integer.</summary>
    Int32 = 4,
    /// <summary>Signed 64-bit integer.</summary>
    Int64 = 5,
    /// <summary>IEEE float: not tokens.</summary>
    Float32 = 6,
    /// <summary>IEEE double: not tokens.</summary>
    Float64 = 7,
    /// <summary>Unsigned 16-bit integer: most tokenizers.</summary>
    UInt16 = 8,
}

/// <summary>Sizes and choice of <see cref="MegatronDType"/>.</summary>
public static class MegatronDTypes
{
    // GPT-NeoX's bound; a little below 2^16 for tokens added later.
    private const int FirstVocabularyOfInt32 = 65500;

    /// <summary>The type that GPT-NeoX's preprocessing picks: 16 bits below 65,500 tokens, else 32.</summary>
    public static MegatronDType ForVocabulary(int vocabularySize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vocabularySize);
        return vocabularySize < FirstVocabularyOfInt32 ? MegatronDType.UInt16 : MegatronDType.Int32;
    }

    /// <summary>Bytes an element.</summary>
    public static int Size(this MegatronDType type) => type switch
    {
        MegatronDType.UInt8 or MegatronDType.Int8 => 1,
        MegatronDType.Int16 or MegatronDType.UInt16 => 2,
        MegatronDType.Int32 or MegatronDType.Float32 => 4,
        MegatronDType.Int64 or MegatronDType.Float64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };
}
