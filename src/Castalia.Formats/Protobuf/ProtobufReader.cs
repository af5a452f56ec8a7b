using System.Buffers.Binary;
using System.Text;

namespace Castalia.Formats;

/// <summary>How a field's value is written in a protocol buffer.</summary>
public enum ProtobufWireType
{
    /// <summary>Seven bits a byte, the lowest first.</summary>
    Varint = 0,
    /// <summary>Eight bytes.</summary>
    Fixed64 = 1,
    /// <summary>A length, then as many bytes: a string, bytes, or a message in turn.</summary>
    Bytes = 2,
    /// <summary>Four bytes.</summary>
    Fixed32 = 5,
}

/// <summary>
/// Walks the fields of one protocol buffer message in memory. It knows no schema: the caller goes from field to field, reads those it knows
/// as what they are to be, and skips the others. Nothing is read past the message, and nothing is allocated but what is asked for.
/// </summary>
/// <example><code>
/// ProtobufReader message = new(bytes, path);
/// while (message.Next())
/// {
///     if (message.Field == 1)
///         name = message.Text();
/// }
/// </code></example>
public ref struct ProtobufReader
{
    private const string Remedy = "The file is damaged, cut short, or of another kind: get it anew from where it comes from.";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _message;
    private readonly string _file;
    private readonly long _start;
    private int _position;
    private bool _pending;

    /// <param name="message">The message's bytes.</param>
    /// <param name="file">The file that it is from, for complaints.</param>
    /// <param name="start">Where in the file it begins.</param>
    public ProtobufReader(ReadOnlySpan<byte> message, string file, long start = 0)
    {
        _message = message;
        _file = file;
        _start = start;
    }

    /// <summary>The number of the field.</summary>
    public int Field { get; private set; }

    /// <summary>How its value is written.</summary>
    public ProtobufWireType WireType { get; private set; }

    /// <summary>Where in the file its value begins.</summary>
    public readonly long Place => _start + _position;

    /// <summary>Goes to the next field; one that was not read is skipped. False at the end of the message.</summary>
    /// <exception cref="InputException">The message is damaged.</exception>
    public bool Next()
    {
        if (_pending)
            Skip();
        if (_position == _message.Length)
            return false;
        int at = _position;
        ulong key = ReadVarint();
        ulong field = key >> 3;
        if (field is 0 or > int.MaxValue >> 2 || (key & 7) is 3 or 4 or > 5)
            throw Wrong(at, $"no field is announced by {key}.");
        (Field, WireType, _pending) = ((int)field, (ProtobufWireType)(key & 7), true);
        return true;
    }

    /// <summary>The field's value as a whole number.</summary>
    /// <exception cref="InputException">It is written as something else.</exception>
    public ulong Varint()
    {
        Expect(ProtobufWireType.Varint, "a whole number");
        return ReadVarint();
    }

    /// <summary>The field's value as a truth value.</summary>
    /// <exception cref="InputException">It is written as something else.</exception>
    public bool Bool() => Varint() != 0;

    /// <summary>The field's value as a float.</summary>
    /// <exception cref="InputException">It is written as something else.</exception>
    public float Float()
    {
        Expect(ProtobufWireType.Fixed32, "a float");
        return BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));
    }

    /// <summary>The field's value as bytes, in place.</summary>
    /// <exception cref="InputException">It is written as something else.</exception>
    public ReadOnlySpan<byte> Bytes()
    {
        Expect(ProtobufWireType.Bytes, "bytes");
        return TakeCounted();
    }

    /// <summary>The field's value as a text.</summary>
    /// <exception cref="InputException">It is written as something else, or not UTF-8.</exception>
    public string Text()
    {
        Expect(ProtobufWireType.Bytes, "a text");
        int at = _position;
        try
        {
            return StrictUtf8.GetString(TakeCounted());
        }
        catch (DecoderFallbackException)
        {
            throw Wrong(at, "the text is not UTF-8.");
        }
    }

    /// <summary>The field's value as a message of its own.</summary>
    /// <exception cref="InputException">It is written as something else.</exception>
    public ProtobufReader Message()
    {
        Expect(ProtobufWireType.Bytes, "a message");
        ReadOnlySpan<byte> message = TakeCounted();
        return new ProtobufReader(message, _file, _start + _position - message.Length);
    }

    private void Skip()
    {
        _pending = false;
        switch (WireType)
        {
            case ProtobufWireType.Varint:
                ReadVarint();
                break;
            case ProtobufWireType.Fixed64:
                Take(sizeof(ulong));
                break;
            case ProtobufWireType.Bytes:
                TakeCounted();
                break;
            default:
                Take(sizeof(uint));
                break;
        }
    }

    private void Expect(ProtobufWireType type, string what)
    {
        if (WireType != type || !_pending)
            throw Wrong(_position, $"expected {what} in field {Field}, found {WireType}.");
        _pending = false;
    }

    private ulong ReadVarint()
    {
        int at = _position;
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Take(1)[0];
            if (shift == 63 && next > 1)
                break;
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
        throw Wrong(at, "a number is longer than 64 bits.");
    }

    private ReadOnlySpan<byte> TakeCounted()
    {
        int at = _position;
        ulong length = ReadVarint();
        return length <= (ulong)(_message.Length - _position)
            ? Take((int)length)
            : throw Wrong(at, $"expected {length} more bytes for field {Field}, found {_message.Length - _position}.");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _message.Length - _position)
            throw Wrong(_position, $"expected {count} more bytes, found {_message.Length - _position}.");
        ReadOnlySpan<byte> bytes = _message.Slice(_position, count);
        _position += count;
        return bytes;
    }

    private readonly InputException Wrong(int at, string problem) => new(_file, $"byte {_start + at}", problem, Remedy);
}
