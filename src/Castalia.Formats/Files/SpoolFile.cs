namespace Castalia.Formats;

/// <summary>
/// A file that one writer fills and then reads back, for what would be too much to hold: it has a partial name beside the result, so that it
/// is on the same disk and is swept with the other leftovers, and goes when it is disposed.
/// </summary>
public sealed class SpoolFile : IDisposable
{
    private readonly string _beside;
    private readonly FileStream _file;
    private readonly OutputStream _output;

    private SpoolFile(string beside, FileStream file) =>
        (_beside, _file, _output) = (beside, file, new OutputStream(file, beside, null));

    /// <summary>Where to write.</summary>
    public Stream Stream => _output;

    /// <summary>Makes an empty one beside a file that is to be.</summary>
    public static SpoolFile Create(string beside)
    {
        string full = Path.GetFullPath(beside);
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 0,
                Options = FileOptions.DeleteOnClose,
            };
            return new SpoolFile(full, new FileStream(PartialName.Beside(full), options));
        }
        catch (Exception exception) when (FileFailure.IsFileSystem(exception))
        {
            throw FileFailure.Writing(full, 0, null, exception);
        }
    }

    /// <summary>Ends the writing and goes to the start.</summary>
    /// <returns>A buffered stream over what was written.</returns>
    public Stream Rewind()
    {
        _output.Flush();
        _file.Position = 0;
        return new BufferedStream(_file, 64 * 1024);
    }

    /// <summary>Copies all that was written.</summary>
    public void CopyTo(Stream destination)
    {
        Stream all = Rewind();
        try
        {
            all.CopyTo(destination);
        }
        catch (Exception exception) when (FileFailure.IsFileSystem(exception))
        {
            throw FileFailure.Reading(_beside, exception);
        }
    }

    /// <summary>Deletes it.</summary>
    public void Dispose() => _output.Dispose();
}
