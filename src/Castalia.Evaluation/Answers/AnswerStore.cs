using System.Diagnostics.CodeAnalysis;
using System.Text;
using Castalia.Data;

namespace Castalia.Evaluation;

/// <summary>
/// A file of answers, to which each is added as it is there, so that a run that was killed goes on where it was. One line an answer, each
/// with its checksum: a line cut short by a kill, or damaged, counts as not there. One process has the file at a time; the lock is the
/// operating system's own and ends with the process.
/// </summary>
public sealed class AnswerStore : IDisposable
{
    private const int LongestLine = 256 << 20;
    private const string Heading = "castalia answers 1";

    private readonly Dictionary<AnswerKey, object> _answers = [];
    private readonly FileStream _file;

    private AnswerStore(string path, FileStream file) => (Path, _file) = (path, file);

    /// <summary>Full path of the file.</summary>
    public string Path { get; }

    /// <summary>Answers that are there.</summary>
    public int Count => _answers.Count;

    /// <summary>Lines of the file that were cut short or damaged; their requests are put again.</summary>
    public int Dropped { get; private set; }

    /// <summary>Opens a file, or makes it, and reads what is there.</summary>
    /// <param name="path">The file. Missing folders are made.</param>
    /// <exception cref="InputException">It is in use, is something else, or may not be written.</exception>
    public static AnswerStore Open(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        FileStream? file = null;
        try
        {
            if (Directory.Exists(full))
                throw new InputException(full, null, "expected a file of answers, found a folder.", "Name a file.");
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
            bool there = File.Exists(full);
            file = Lock(full, there);
            var store = new AnswerStore(full, file);
            store.Read();
            return store;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new InputException(full, null, $"it cannot be read and written: {error.Message}", "Choose another place, or change its permissions.", error);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    /// <summary>Lets the file go.</summary>
    public void Dispose() => _file.Dispose();

    internal bool TryGet<T>(AnswerKey key, [NotNullWhen(true)] out T? answer)
    {
        answer = default;
        if (!_answers.TryGetValue(key, out object? found) || found is not T own)
            return false;
        answer = own;
        return true;
    }

    /// <summary>Adds an answer. When this returns it is the operating system's: killing the process does not lose it.</summary>
    internal void Add(AnswerKey key, object answer)
    {
        Append(AnswerLine.Write(key, answer));
        _answers[key] = answer;
    }

    private static FileStream Lock(string path, bool there)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException error) when (there && error is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
        {
            throw new InputException(path, null, $"the file is in use by another run, or cannot be opened: {error.Message}",
                "Wait for the run to end or stop it, or name another file.", error);
        }
    }

    private void Read()
    {
        if (_file.Length == 0)
        {
            Append(AnswerLine.Write(Heading));
            return;
        }
        bool ended = EndsWithLine(), headed = false;
        int torn = 0; // bytes of a last line that was cut short
        _file.Position = 0;
        using (var lines = new LineReader(_file, Path, LongestLine))
        {
            while (lines.Read())
            {
                string line = Encoding.UTF8.GetString(lines.Line);
                bool whole = lines.Number == 1
                    ? headed = AnswerLine.TryCheck(line, out string content) && content == Heading
                    : Take(line);
                // A heading that was cut short is the whole file.
                if (!headed && (ended || lines.Line.Length != _file.Length || !AnswerLine.Write(Heading).StartsWith(line, StringComparison.Ordinal)))
                    throw new InputException(Path, "line 1", "this is no file of answers.", "Name another file; this one is left as it is.");
                torn = whole ? 0 : lines.Line.Length;
                Dropped += whole ? 0 : 1;
            }
        }
        if (!ended && torn > 0)
            _file.SetLength(_file.Length - torn);
        _file.Position = _file.Length;
        if (!headed)
            Append(AnswerLine.Write(Heading));
        else if (!ended && torn == 0)
            Append("");
    }

    private bool Take(string line)
    {
        bool whole = AnswerLine.TryRead(line, out AnswerKey key, out object answer);
        if (whole)
            _answers[key] = answer;
        return whole;
    }

    private bool EndsWithLine()
    {
        _file.Position = _file.Length - 1;
        return _file.ReadByte() == '\n';
    }

    private void Append(string line)
    {
        long before = _file.Position;
        try
        {
            _file.Write(Encoding.UTF8.GetBytes(line + "\n"));
        }
        catch (Exception error) when (error is IOException or ArgumentOutOfRangeException) // the latter beyond the allowed size of files
        {
            // What was written of the line must not stand before the next one.
            _file.Position = before;
            _file.SetLength(before);
            throw new InputException(Path, null, $"an answer could not be written: {error.Message}", "Make room on the disk, then run it again: it goes on from here.", error);
        }
    }
}
