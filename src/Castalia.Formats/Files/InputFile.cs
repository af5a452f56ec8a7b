using System.Text;

namespace Castalia.Formats;

/// <summary>Opening and reading files that a user named, with errors a user understands and bounds on what is held in memory.</summary>
public static class InputFile
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Opens a file for reading from start to end.</summary>
    /// <exception cref="InputException">There is no such file, or it cannot be read.</exception>
    public static FileStream OpenRead(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.Read | FileShare.Delete,
                BufferSize = 64 * 1024,
                Options = FileOptions.SequentialScan,
            });
        }
        catch (Exception exception) when (FileFailure.IsFileSystem(exception))
        {
            throw FileFailure.Reading(path, exception);
        }
    }

    /// <summary>Reads a file whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="longest">The most bytes that a file of its kind can sensibly have.</param>
    /// <exception cref="InputException">There is no such file, it cannot be read, or it is longer than that.</exception>
    public static byte[] ReadAllBytes(string path, int longest)
    {
        using FileStream file = OpenRead(path);
        try
        {
            // Pipes and the kernel's own files have no length to go by.
            long announced = file.CanSeek ? file.Length : 0;
            byte[] bytes = new byte[Math.Min(Math.Max(announced, 4096) + 1, longest + 1L)];
            int length = 0;
            while (true)
            {
                int count = file.ReadAtLeast(bytes.AsSpan(length), bytes.Length - length, throwOnEndOfStream: false);
                length += count;
                if (length > longest)
                {
                    throw new InputException(
                        path, null, $"it has {Math.Max(announced, length)} bytes where a file of its kind has at most {longest}.",
                        "Check that this is the file you meant.");
                }
                if (length < bytes.Length)
                    return bytes[..length];
                Array.Resize(ref bytes, (int)Math.Min(bytes.Length * 2L, longest + 1L));
            }
        }
        catch (Exception exception) when (FileFailure.IsFileSystem(exception))
        {
            throw FileFailure.Reading(path, exception);
        }
    }

    /// <summary>Reads a file whole as UTF-8; a byte order mark is dropped.</summary>
    /// <inheritdoc cref="ReadAllBytes" path="/param"/>
    /// <exception cref="InputException">As <see cref="ReadAllBytes"/>, or the bytes are not UTF-8.</exception>
    public static string ReadAllText(string path, int longest)
    {
        ReadOnlySpan<byte> bytes = ReadAllBytes(path, longest);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            bytes = bytes[3..];
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw new InputException(path, $"byte {exception.Index}", "expected UTF-8 text, found other bytes.", "Save the file as UTF-8.", exception);
        }
    }
}
