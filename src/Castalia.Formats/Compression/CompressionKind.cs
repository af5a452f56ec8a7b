namespace Castalia.Formats;

/// <summary>How a stream of bytes is packed.</summary>
public enum CompressionKind
{
    /// <summary>Not at all.</summary>
    None,
    /// <summary>Zstandard (RFC 8878), <c>.zst</c>.</summary>
    Zstandard,
    /// <summary>gzip (RFC 1952), <c>.gz</c>.</summary>
    Gzip,
}
