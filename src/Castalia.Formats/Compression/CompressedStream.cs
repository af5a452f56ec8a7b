using System.IO.Compression;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Castalia.Formats;

/// <summary>
/// Text and tokens as they come: plain, <c>.zst</c> of any number of frames, <c>.gz</c> of any number of members. What is read is
/// recognised by its first bytes; memory stays bounded whatever the file claims; an archive that ends early or fails its checksum is an
/// <see cref="InputException"/> that says how far it came, never a silent end.
/// </summary>
public static class CompressedStream
{
    /// <summary>The level at which <see cref="Create"/> packs if none is given: zstd's own default.</summary>
    public const int DefaultLevel = 3;

    private const int MagicLength = 4;

    /// <summary>Opens a file for reading from start to end, unpacked on the way.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">There is no such file; its name promises a packing its bytes do not have; or the packing is one
    /// that is not supported. Reading throws it too, where the data are cut short or damaged.</exception>
    public static Stream OpenRead(string path) => OpenRead(path, out _);

    /// <summary>The same, for those who want to know how far the reading is.</summary>
    /// <param name="path">The file.</param>
    /// <param name="file">The file as it lies on the disk, whose position moves with the reading. It is closed with what is returned.</param>
    /// <inheritdoc cref="OpenRead(string)" path="/exception"/>
    public static Stream OpenRead(string path, out FileStream file)
    {
        file = InputFile.OpenRead(path);
        try
        {
            if (!file.CanSeek)
                throw new InputException(path, null, "it is a pipe or a device, not a file.", "Write it to a file first.");
            Span<byte> magic = stackalloc byte[MagicLength];
            int length = file.ReadAtLeast(magic, MagicLength, throwOnEndOfStream: false);
            file.Position = 0;
            CompressionKind found = Recognise(path, magic[..length]);
            CompressionKind promised = KindOf(path);
            if (promised != CompressionKind.None && found != promised)
            {
                string what = length == 0 ? "an empty file" : "other bytes";
                throw new InputException(
                    path, "byte 0", $"its name promises {Name(promised)}, but it begins with {what}.",
                    "Fetch or write the file again, or rename it if it is not compressed.");
            }
            return found switch
            {
                CompressionKind.Zstandard => new ZstandardReadStream(path, file),
                CompressionKind.Gzip => new GzipReadStream(path, file),
                _ => file,
            };
        }
        catch (Exception exception)
        {
            file.Dispose();
            if (FileFailure.IsFileSystem(exception))
                throw FileFailure.Reading(path, exception);
            throw;
        }
    }

    /// <summary>Unpacks Zstandard frames that do not lie in a file of their own, such as what is built into an assembly.</summary>
    /// <param name="name">What the errors call them.</param>
    /// <param name="source">The packed bytes; closed with what is returned.</param>
    public static Stream Unpack(string name, Stream source) => new ZstandardReadStream(name, source);

    /// <summary>Packs what is written into another stream. Dispose it to write the end; for a file, before <see cref="AtomicFile.Commit"/>.</summary>
    /// <param name="destination">Where the packed bytes go.</param>
    /// <param name="kind">How to pack. Zstandard frames carry a checksum of the content.</param>
    /// <param name="level">1 (fast) to 22 (small) for Zstandard, 1 to 9 for gzip.</param>
    /// <param name="leaveOpen">Whether <paramref name="destination"/> stays open.</param>
    /// <returns>A stream to write to; the same input gives the same bytes.</returns>
    public static Stream Create(Stream destination, CompressionKind kind, int level = DefaultLevel, bool leaveOpen = true)
    {
        ArgumentNullException.ThrowIfNull(destination);
        switch (kind)
        {
            case CompressionKind.None:
                return leaveOpen ? new UnclosedStream(destination) : destination;
            case CompressionKind.Zstandard:
                ArgumentOutOfRangeException.ThrowIfLessThan(level, 1);
                ArgumentOutOfRangeException.ThrowIfGreaterThan(level, 22);
                var packed = new CompressionStream(destination, level, leaveOpen: leaveOpen);
                packed.SetParameter(ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
                return packed;
            case CompressionKind.Gzip:
                ArgumentOutOfRangeException.ThrowIfLessThan(level, 1);
                ArgumentOutOfRangeException.ThrowIfGreaterThan(level, 9);
                return new GZipStream(destination, new ZLibCompressionOptions { CompressionLevel = level }, leaveOpen);
            default:
                throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    /// <summary>Writes a file atomically, packed as its name says: <c>.zst</c>, <c>.gz</c>, anything else plain.</summary>
    /// <param name="path">The final path.</param>
    /// <param name="write">Writes the unpacked content.</param>
    /// <param name="level">As for <see cref="Create"/>.</param>
    /// <exception cref="InputException">The disk is full, or the file cannot be written here.</exception>
    public static void Write(string path, Action<Stream> write, int level = DefaultLevel) => AtomicFile.Write(path, file =>
    {
        using Stream packed = Create(file, KindOf(path), level);
        write(packed);
    });

    /// <summary>The packing that a file's name promises.</summary>
    public static CompressionKind KindOf(string path)
    {
        if (path.EndsWith(".zst", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".zstd", StringComparison.OrdinalIgnoreCase))
            return CompressionKind.Zstandard;
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? CompressionKind.Gzip : CompressionKind.None;
    }

    private static CompressionKind Recognise(string path, ReadOnlySpan<byte> magic) => magic switch
    {
        [0x28, 0xB5, 0x2F, 0xFD] => CompressionKind.Zstandard,
        [>= 0x50 and <= 0x5F, 0x2A, 0x4D, 0x18] => CompressionKind.Zstandard, // a skippable frame first, as seekable writers do
        [0x1F, 0x8B, ..] => CompressionKind.Gzip,
        [0xFD, (byte)'7', (byte)'z', (byte)'X'] => throw Unsupported(path, "xz"),
        [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9'] => throw Unsupported(path, "bzip2"),
        [(byte)'P', (byte)'K', 3, 4] => throw Unsupported(path, "zip"),
        _ => CompressionKind.None,
    };

    private static InputException Unsupported(string path, string format) => new(
        path, "byte 0", $"it is packed with {format}, which is not read here.", "Unpack it first, or pack it again with zstd or gzip.");

    private static string Name(CompressionKind kind) => kind == CompressionKind.Gzip ? "gzip" : "Zstandard";
}
