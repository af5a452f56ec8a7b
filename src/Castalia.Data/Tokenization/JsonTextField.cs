using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Castalia.Data;

/// <summary>
/// Takes a text out of a line of JSON as UTF-8, without a string of it: the value under a key, or under keys of objects in objects. A list of
/// strings is one text with empty lines between them; a line that is a string alone is the text itself. For one thread at a time.
/// </summary>
/// <param name="path">The key; <c>a.b</c> is the key b of the object under a, or the key <c>a.b</c>.</param>
internal sealed class JsonTextField(string path)
{
    private static readonly JsonReaderOptions Reading = new() { MaxDepth = 64 };

    // At each depth the key that leads on, and the rest of the path as one key.
    private readonly (byte[] Key, byte[] Whole)[] _steps = Steps(path);

    // Where the text lies: in the line, or where it is written otherwise than it reads, here.
    private readonly ArrayBufferWriter<byte> _unescaped = new();
    private Range? _inLine;

    /// <summary>The text of a line, valid UTF-8; good until the next call and while the line is.</summary>
    /// <exception cref="InputException">The line is not JSON, or has no such text.</exception>
    public ReadOnlySpan<byte> Read(LineBatch batch, int index)
    {
        ReadOnlySpan<byte> line = batch.Line(index);
        try
        {
            var reader = new Utf8JsonReader(line, Reading);
            reader.Read();
            _inLine = null;
            _unescaped.ResetWrittenCount();
            bool found = reader.TokenType == JsonTokenType.String;
            if (found)
                Take(ref reader, batch, index);
            else if (reader.TokenType == JsonTokenType.StartObject)
                found = Find(ref reader, 0, batch, index);
            else
                throw batch.Fail(index, "expected a JSON object with a text in it, found another value.", Remedy);
            if (reader.Read())
                throw batch.Fail(index, "expected one JSON object, found more behind it.", Remedy);
            if (!found)
                throw batch.Fail(index, $"expected a text under \"{path}\", found none.", Remedy);
            ReadOnlySpan<byte> text = _inLine is Range range ? line[range] : _unescaped.WrittenSpan;
            return Utf8.IsValid(text) ? text : throw NotUtf8(batch, index, null);
        }
        catch (JsonException exception)
        {
            string place = exception.BytePositionInLine is long position ? $" (byte {position} of the line)" : "";
            throw batch.Fail(index, $"expected a JSON object, found broken JSON{place}.", Remedy, exception);
        }
        catch (InvalidOperationException exception)
        {
            // Half a surrogate pair in an escape.
            throw NotUtf8(batch, index, exception);
        }
    }

    private string Remedy => $"Each line must be one document with its text under \"{path}\"; --field names another key, --format text reads plain lines.";

    // Stands on the object's start, ends on its end. The last of several equal keys counts, as in most readers of JSON.
    private bool Find(ref Utf8JsonReader reader, int depth, LineBatch batch, int index)
    {
        bool found = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool whole = reader.ValueTextEquals(_steps[depth].Whole), leads = depth + 1 < _steps.Length && reader.ValueTextEquals(_steps[depth].Key);
            reader.Read();
            if (whole)
            {
                Take(ref reader, batch, index);
                found = true;
            }
            else if (leads && reader.TokenType == JsonTokenType.StartObject)
            {
                found |= Find(ref reader, depth + 1, batch, index);
            }
            else
            {
                reader.Skip();
            }
        }
        return found;
    }

    private void Take(ref Utf8JsonReader reader, LineBatch batch, int index)
    {
        _inLine = null;
        _unescaped.ResetWrittenCount();
        if (reader.TokenType == JsonTokenType.String)
        {
            int start = (int)reader.TokenStartIndex + 1;
            if (reader.ValueIsEscaped)
                Unescape(ref reader);
            else
                _inLine = start..(start + reader.ValueSpan.Length);
        }
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            for (int i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
            {
                if (reader.TokenType != JsonTokenType.String)
                    throw batch.Fail(index, $"expected the parts of \"{path}\" to be strings, found something else.", Remedy);
                if (i > 0)
                    _unescaped.Write("\n\n"u8);
                Unescape(ref reader);
            }
        }
        else
        {
            throw batch.Fail(index, $"expected \"{path}\" to be a string, found {reader.TokenType.ToString().ToLowerInvariant()}.", Remedy);
        }
    }

    private void Unescape(ref Utf8JsonReader reader) => _unescaped.Advance(reader.CopyString(_unescaped.GetSpan(Math.Max(1, reader.ValueSpan.Length))));

    private InputException NotUtf8(LineBatch batch, int index, Exception? exception) =>
        batch.Fail(index, "expected UTF-8 text, found bytes or escapes that are not.", "Write the file as UTF-8, without halves of surrogate pairs.", exception);

    private static (byte[], byte[])[] Steps(string path)
    {
        string[] keys = path.Split('.');
        return [.. keys.Select((key, depth) => (Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(string.Join('.', keys[depth..]))))];
    }
}
