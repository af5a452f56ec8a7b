using System.Text;
using Castalia.Testing;

namespace Castalia.Formats.Tests.Numpy;

public sealed class NpyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_bytes_are_those_of_numpy()
    {
        using (NpyWriter<int> writer = NpyWriter<int>.Create(_folder["a.npy"], 3))
        {
            writer.Write([1, -2]);
            writer.Write([3]);
            writer.Commit();
        }
        // numpy.save of numpy.array([1, -2, 3], dtype='<i4'), format 1.0: header of 118 bytes.
        byte[] expected = [0x93, .. "NUMPY"u8, 1, 0, 118, 0,
            .. Encoding.ASCII.GetBytes("{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }".PadRight(117) + "\n"),
            1, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 3, 0, 0, 0];
        Assert.Equal(expected, File.ReadAllBytes(_folder["a.npy"]));
    }

    [Fact]
    public void Tables_and_lists_of_each_kind_come_back()
    {
        RoundTrip<int>([5, 2], [.. Enumerable.Range(-5, 10)]);
        RoundTrip<uint>([4], [0, 1, uint.MaxValue, 7]);
        RoundTrip<long>([2, 2], [long.MinValue, 0, 1, long.MaxValue]);
        RoundTrip<ulong>([1, 1, 1], [ulong.MaxValue]);
        RoundTrip<short>([2], [short.MinValue, 5]);
        RoundTrip<ushort>([1], [65535]);
        RoundTrip<float>([2], [float.NaN, 1.5f]);
        RoundTrip<double>([], [Math.E]);
        RoundTrip<sbyte>([1], [-1]);
        RoundTrip<byte>([0], []);
        RoundTrip<byte>([0, 4_000_000_000], []);
        Assert.Throws<NotSupportedException>(() => NpyWriter<char>.Create(_folder["b.npy"], 1));
    }

    [Fact]
    public void A_writer_takes_exactly_as_many_as_the_shape_has()
    {
        using (NpyWriter<int> writer = NpyWriter<int>.Create(_folder["a.npy"], 2, 2))
        {
            Assert.Throws<InvalidOperationException>(() => writer.Write(new int[5]));
            writer.Write([1, 2, 3]);
            Assert.Throws<InvalidOperationException>(writer.Commit);
        }
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        Assert.Throws<ArgumentOutOfRangeException>(() => NpyWriter<int>.Create(_folder["a.npy"], -1));
        Assert.Throws<ArgumentException>(() => NpyWriter<int>.Create(_folder["a.npy"], 1L << 40, 1L << 40));
    }

    [Fact]
    public void Positions_beyond_two_to_the_31_are_found()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The file is sparse, which Windows needs to be asked for.");
        const long Count = (1L << 31) + 5;
        Save("a.npy", $"{{'descr': '<i4', 'fortran_order': False, 'shape': ({Count},), }}", []);
        using (var stream = new FileStream(_folder["a.npy"], FileMode.Open))
        {
            stream.Position = stream.Length + 4 * (Count - 1);
            stream.Write([42, 0, 0, 0]);
        }
        using NpyFile file = NpyFile.Open<int>(_folder["a.npy"], axes: 1);
        Assert.Equal(Count, file.Count);
        Assert.Equal(42, file.At<int>(Count - 1));
        Assert.Equal([0, 42], file.Span<int>(Count - 2, 2).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => file.At<int>(Count));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Span<int>(-1, 1).Length);
    }

    [Theory]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }")]
    [InlineData("{'shape':(2,),'fortran_order':False,'descr':\"<i4\"}")]
    [InlineData("{ 'shape' : ( 2L , ) , 'descr' : '<i4' , 'fortran_order' : False }   \n")]
    [InlineData("{'descr': '<i4', 'fortran_order': True, 'shape': (2,), }")]
    public void Headers_of_other_writers_are_read(string header)
    {
        foreach (int version in (int[])[1, 2, 3])
        {
            Save("a.npy", header, [1, 0, 0, 0, 2, 0, 0, 0], version);
            using NpyFile file = NpyFile.Open<int>(_folder["a.npy"], axes: 1);
            Assert.Equal([1, 2], file.Span<int>(0, 2).ToArray());
        }
    }

    [Theory]
    [InlineData("{'descr': '>i4', 'fortran_order': False, 'shape': (2,), }", "big-endian")]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "found |O")]
    [InlineData("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (2,), }", "structured")]
    [InlineData("{'descr': '<i4', 'fortran_order': True, 'shape': (2,1), }", "column-major")]
    [InlineData("{'descr': '<i4', 'fortran_order': None, 'shape': (2,), }", "True or False")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }", "needs a file of")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (1,), }", "needs a file of")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (-2,), }", "whole numbers")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "whole numbers")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (4294967296,4294967296), }", "more than 2^63")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': 2, }", "expected (")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (2", "expected ), found the end")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, }", "one is missing")]
    [InlineData("{'descr': '<i4', 'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", "twice")]
    [InlineData("{'descr': '<i4', 'other': 1, 'fortran_order': False, 'shape': (2,), }", "found 'other'")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (2,), } x", "more after")]
    [InlineData("__import__('os')", "expected {")]
    [InlineData("{'descr", "in quotes")]
    public void Other_headers_are_refused_with_the_reason(string header, string problem)
    {
        Save("a.npy", header, [1, 0, 0, 0, 2, 0, 0, 0]);
        var error = Assert.Throws<InputException>(() => NpyFile.Open(_folder["a.npy"]));
        Assert.Contains(problem, error.Problem);
        Assert.Equal(_folder["a.npy"], error.File);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y' })]
    [InlineData(new byte[] { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 2, 0, 1, 0 })]
    [InlineData(new byte[] { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 9, 0, 1, 0, 0, 0 })]
    [InlineData(new byte[] { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 2, 0, 255, 255, 255, 255 })]
    [InlineData(new byte[] { (byte)'P', (byte)'K', 3, 4, 0, 0, 0, 0, 0, 0, 0, 0 })]
    public void What_is_no_npy_file_is_refused(byte[] bytes)
    {
        File.WriteAllBytes(_folder["a.npy"], bytes);
        Assert.Throws<InputException>(() => NpyFile.Open(_folder["a.npy"]));
    }

    [Fact]
    public void Another_type_or_number_of_axes_than_wanted_is_named()
    {
        RoundTrip<int>([2, 1], [1, 2]);
        Assert.Contains("expected UInt32 in 1 axes, found Int32 in 2", Assert.Throws<InputException>(() => NpyFile.Open<uint>(_folder["a.npy"], 1)).Problem);
        using NpyFile file = NpyFile.Open(_folder["a.npy"]);
        Assert.Throws<InvalidOperationException>(() => file.At<long>(0));
    }

    private void RoundTrip<T>(long[] shape, T[] values) where T : unmanaged
    {
        using (NpyWriter<T> writer = NpyWriter<T>.Create(_folder["a.npy"], shape))
        {
            writer.Write(values);
            writer.Commit();
        }
        using NpyFile file = NpyFile.Open<T>(_folder["a.npy"], shape.Length);
        Assert.Equal(shape, file.Shape);
        Assert.Equal(values, file.Span<T>(0, values.Length).ToArray());
        Assert.Equal(0, (new FileInfo(_folder["a.npy"]).Length - values.Length * System.Runtime.CompilerServices.Unsafe.SizeOf<T>()) % 64);
    }

    private void Save(string name, string header, byte[] data, int version = 1)
    {
        byte[] length = version == 1 ? BitConverter.GetBytes((ushort)header.Length) : BitConverter.GetBytes(header.Length);
        File.WriteAllBytes(_folder[name], [0x93, .. "NUMPY"u8, (byte)version, 0, .. length, .. Encoding.ASCII.GetBytes(header), .. data]);
    }
}
