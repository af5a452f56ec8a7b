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
        RoundTrip<ushort>([1], [65535]);
        RoundTrip<double>([], [Math.E]);
        RoundTrip<byte>([0], []);
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
    }
}
