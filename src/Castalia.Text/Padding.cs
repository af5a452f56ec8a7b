namespace Castalia.Text;

/// <summary>Fills encodings up to a length, as HF's pad_encodings does.</summary>
internal static class Padding
{
    /// <summary>Fills up all encodings of a batch, and what was cut off from them.</summary>
    public static void Apply(PaddingOptions options, IReadOnlyCollection<TokenEncoding> batch)
    {
        if (batch.Count == 0)
            return;
        int length = options.Length ?? batch.Max(encoding => encoding.Count);
        if (options.MultipleOf is int multiple and > 0 && length % multiple > 0)
            length += multiple - (length % multiple);
        foreach (TokenEncoding encoding in batch)
            encoding.Pad(length, options.Id, options.TypeId, options.Token, options.Direction == Side.Left);
    }
}
