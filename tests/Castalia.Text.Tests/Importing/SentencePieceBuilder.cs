using System.Text;

namespace Castalia.Text.Tests.Importing;

/// <summary>Writes small SentencePiece models, sound ones and others.</summary>
internal sealed class SentencePieceBuilder
{
    private readonly List<byte> _pieces = [], _training = [], _normalization = [], _denormalization = [];

    /// <summary>Adds a piece; kinds as in the file: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.</summary>
    public SentencePieceBuilder Piece(string text, float score = 0, int kind = 1) => Piece(Encoding.UTF8.GetBytes(text), score, kind);

    /// <summary>Adds a piece of any bytes.</summary>
    public SentencePieceBuilder Piece(byte[] text, float score, int kind)
    {
        _pieces.AddRange(Counted(1, [.. Counted(1, text), 0x15, .. BitConverter.GetBytes(score), .. Number(3, kind)]));
        return this;
    }

    /// <summary>Adds a number to what is said of training.</summary>
    public SentencePieceBuilder Training(int field, int value)
    {
        _training.AddRange(Number(field, value));
        return this;
    }

    /// <summary>Adds a number to what is said of normalization.</summary>
    public SentencePieceBuilder Normalization(int field, int value)
    {
        _normalization.AddRange(Number(field, value));
        return this;
    }

    /// <summary>Sets the compiled rules of normalization.</summary>
    public SentencePieceBuilder CharsMap(params byte[] map)
    {
        _normalization.AddRange(Counted(2, map));
        return this;
    }

    /// <summary>Sets compiled rules for what is decoded.</summary>
    public SentencePieceBuilder Denormalization(params byte[] map)
    {
        _denormalization.AddRange(Counted(2, map));
        return this;
    }

    /// <summary>The file.</summary>
    public byte[] Build() => [.. _pieces, .. Counted(2, _training), .. Counted(3, _normalization), .. _denormalization.Count > 0 ? Counted(5, _denormalization) : []];

    private static byte[] Counted(int field, IReadOnlyCollection<byte> contents) => [.. Varint((field << 3) | 2), .. Varint(contents.Count), .. contents];

    private static byte[] Number(int field, int value) => [.. Varint(field << 3), .. Varint(value)];

    private static byte[] Varint(int value)
    {
        List<byte> bytes = [];
        for (; value > 0x7F; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        return [.. bytes, (byte)value];
    }
}
