using Castalia.Formats;
using TorchSharp;

namespace Castalia.Models;

internal static unsafe class TensorFiles
{
    public static torch.Tensor Read(SafetensorsFile file, SafetensorsEntry entry)
    {
        torch.ScalarType dtype = entry.DType switch
        {
            SafetensorsDType.F32 => torch.ScalarType.Float32,
            SafetensorsDType.BF16 => torch.ScalarType.BFloat16,
            SafetensorsDType.F16 => torch.ScalarType.Float16,
            SafetensorsDType.F64 => torch.ScalarType.Float64,
            _ => throw new NotSupportedException(),
        };
        torch.Tensor t = torch.empty(entry.Shape, dtype);
        file.Bytes(entry).CopyTo(t.bytes);
        return t;
    }

    public static SafetensorsSource Source(string name, torch.ScalarType dtype, long[] shape, Func<torch.Tensor> tensor)
    {
        SafetensorsDType type = dtype == torch.ScalarType.Float32 ? SafetensorsDType.F32 : SafetensorsDType.BF16;
        return new(name, type, shape, type.ByteLength(shape)!.Value, s => { using var t = tensor(); using var c = t.contiguous(); s.Write(c.bytes); });
    }
}
