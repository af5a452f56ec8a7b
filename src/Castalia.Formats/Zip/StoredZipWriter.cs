using System.Buffers.Binary;
using System.Text;

namespace Castalia.Formats;

/// <summary>
/// Writes a zip archive as PyTorch does: members stored as they are, each from a multiple of 64 bytes on, their checksums behind them, so that
/// everything is written in one go; zip64 where sizes or places need it.
/// </summary>
/// <param name="stream">Where to; at its start.</param>
/// <param name="widest">From which length or place on zip64 is used: where 32 bits end, except in tests.</param>
internal sealed class StoredZipWriter(Stream stream, ulong widest = uint.MaxValue)
{
    private const int Alignment = 64;
    private const ushort Utf8Name = 1 << 11, ChecksumFollows = 1 << 3, Zip64Version = 45, PaddingField = 0x4246;

    private readonly List<Member> _members = [];

    private sealed record Member(byte[] Name, ulong Header, ulong Length, ushort Flags, uint Checksum);

    /// <summary>Adds a member.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="write">Writes exactly that many.</param>
    /// <exception cref="InvalidOperationException">It wrote more or fewer.</exception>
    public void Add(string name, long length, Action<Stream> write)
    {
        byte[] nameBytes = Encoding.UTF8.GetBytes(name);
        long header = stream.Position;
        ushort flags = (ushort)(length > 0 ? Utf8Name | ChecksumFollows : Utf8Name);
        bool large = (ulong)length >= widest;
        int wide = large ? 4 + 16 : 0;
        long unpadded = header + 30 + nameBytes.Length + wide + 4;
        int padding = (int)((Alignment - unpadded % Alignment) % Alignment);

        var local = new Record(30 + nameBytes.Length + wide + 4 + padding);
        local.UInt32(0x04034B50).UInt16(large ? Zip64Version : (ushort)0).UInt16(flags).UInt16(0).UInt32(0).UInt32(0);
        local.UInt32(large ? uint.MaxValue : 0).UInt32(large ? uint.MaxValue : 0);
        local.UInt16((ushort)nameBytes.Length).UInt16((ushort)(wide + 4 + padding)).Bytes(nameBytes);
        if (large)
            local.UInt16(1).UInt16(16).UInt64((ulong)length).UInt64((ulong)length);
        local.UInt16(PaddingField).UInt16((ushort)padding).Fill((byte)'Z', padding);
        stream.Write(local.Written);

        using var content = new ChecksumStream(stream);
        write(content);
        if (content.Position != length)
            throw new InvalidOperationException($"{name} announced {length} bytes and wrote {content.Position}.");
        if (length > 0)
        {
            var after = new Record(24);
            after.UInt32(0x08074B50).UInt32(content.Checksum);
            if (large)
                after.UInt64((ulong)length).UInt64((ulong)length);
            else
                after.UInt32((uint)length).UInt32((uint)length);
            stream.Write(after.Written);
        }
        _members.Add(new Member(nameBytes, (ulong)header, (ulong)length, flags, content.Checksum));
    }

    /// <summary>Adds a member whose bytes are at hand.</summary>
    public void Add(string name, byte[] bytes) => Add(name, bytes.Length, content => content.Write(bytes));

    /// <summary>Writes the directory. Nothing may be added after it.</summary>
    public void Finish()
    {
        ulong start = (ulong)stream.Position;
        foreach (Member member in _members)
            WriteEntry(member);
        ulong end = (ulong)stream.Position, count = (ulong)_members.Count, length = end - start;
        var tail = new Record(56 + 20 + 22);
        tail.UInt32(0x06064B50).UInt64(56 - 12).UInt16(0x031E).UInt16(Zip64Version).UInt32(0).UInt32(0).UInt64(count).UInt64(count).UInt64(length).UInt64(start);
        tail.UInt32(0x07064B50).UInt32(0).UInt64(end).UInt32(1);
        ushort shortCount = (ushort)Math.Min(count, ushort.MaxValue);
        tail.UInt32(0x06054B50).UInt32(0).UInt16(shortCount).UInt16(shortCount).UInt32(Narrow(length)).UInt32(Narrow(start)).UInt16(0);
        stream.Write(tail.Written);
    }

    private void WriteEntry(Member member)
    {
        bool large = member.Length >= widest, far = member.Header >= widest;
        int wide = large || far ? 4 + (large ? 16 : 0) + (far ? 8 : 0) : 0;
        var entry = new Record(46 + member.Name.Length + wide);
        ushort version = wide > 0 ? Zip64Version : (ushort)0;
        entry.UInt32(0x02014B50).UInt16(version).UInt16(version).UInt16(member.Flags).UInt16(0).UInt32(0).UInt32(member.Checksum);
        entry.UInt32(Narrow(member.Length)).UInt32(Narrow(member.Length)).UInt16((ushort)member.Name.Length).UInt16((ushort)wide);
        entry.UInt16(0).UInt16(0).UInt16(0).UInt32(0).UInt32(Narrow(member.Header)).Bytes(member.Name);
        if (wide > 0)
            entry.UInt16(1).UInt16((ushort)(wide - 4));
        if (large)
            entry.UInt64(member.Length).UInt64(member.Length);
        if (far)
            entry.UInt64(member.Header);
        stream.Write(entry.Written);
    }

    private uint Narrow(ulong number) => number >= widest ? uint.MaxValue : (uint)number;

    /// <summary>A record that is put together number by number.</summary>
    private sealed class Record(int length)
    {
        private readonly byte[] _bytes = new byte[length];
        private int _count;

        public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _count);

        public Record UInt16(ushort value)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(_count), value);
            _count += sizeof(ushort);
            return this;
        }

        public Record UInt32(uint value)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(_count), value);
            _count += sizeof(uint);
            return this;
        }

        public Record UInt64(ulong value)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(_count), value);
            _count += sizeof(ulong);
            return this;
        }

        public Record Bytes(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_bytes.AsSpan(_count));
            _count += bytes.Length;
            return this;
        }

        public void Fill(byte value, int count)
        {
            _bytes.AsSpan(_count, count).Fill(value);
            _count += count;
        }
    }

    /// <summary>Passes bytes on, counting and summing them up.</summary>
    private sealed class ChecksumStream(Stream inner) : Stream
    {
        private long _count;

        public uint Checksum { get; private set; }
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => _count;
        public override long Position { get => _count; set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            inner.Write(buffer);
            Checksum = Crc32.Append(Checksum, buffer);
            _count += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
        public override void Flush() => inner.Flush();
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
