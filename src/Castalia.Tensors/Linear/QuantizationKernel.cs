using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Castalia.Tensors;

/// <summary>A row of weights to int8 and back.</summary>
internal static unsafe class QuantizationKernel
{
    private const int Most = 127;

    /// <summary>Rounds one row; false if it holds what is not finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool Quantize<T>(byte* source, MatrixRows rows, int row) where T : struct, IVectorElement
    {
        sbyte* values = (sbyte*)rows.Row(row);
        byte* scales = rows.ScaleRow(row);
        bool finite = true;
        for (int start = 0; start < rows.Length; start += IBlockFormat.Block)
        {
            int count = Math.Min(IBlockFormat.Block, rows.Length - start);
            float largest = 0;
            for (int i = 0; i < count; i++)
            {
                float weight = MathF.Abs(T.Get(source, start + i));
                finite &= float.IsFinite(weight);
                largest = MathF.Max(largest, weight);
            }
            float scale = Scale(largest);
            float inverse = scale == 0 ? 0 : 1 / scale;
            for (int i = 0; i < count; i++)
                values[start + i] = (sbyte)Math.Clamp((int)MathF.Round(T.Get(source, start + i) * inverse), -Most, Most);
            for (int i = count; i < IBlockFormat.Block; i++)
                values[start + i] = 0;
            BFloat16Element.Set(scales, start / IBlockFormat.Block, scale);
        }
        return finite;
    }

    /// <summary>One row in fp32 or bf16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Dequantize<T>(MatrixRows rows, int row, byte* target) where T : struct, IVectorElement
    {
        byte* values = rows.Row(row), scales = rows.ScaleRow(row);
        int whole = rows.Length / IBlockFormat.Block;
        nint ahead = ProductTiles.Outputs * rows.RowBytes;
        for (int block = 0; block < whole; block++)
        {
            if (Sse.IsSupported)
                Sse.Prefetch0(values + block * IBlockFormat.Block + ahead); // the same place four rows on, as a product of several rows goes
            T.Store(target, block * IBlockFormat.Block, Int8Blocks.First(values, scales, block));
            T.Store(target, block * IBlockFormat.Block + 16, Int8Blocks.Second(values, scales, block));
        }
        for (int i = whole * IBlockFormat.Block; i < rows.Length; i++)
            T.Set(target, i, ((sbyte*)values)[i] * BFloat16Element.Get(scales, i / IBlockFormat.Block));
    }

    // The smallest bf16 number that carries the largest weight to at most 127. Numbers so small that one over their scale would be infinite become zero.
    private static float Scale(float largest)
    {
        float exact = largest / Most;
        if (!(exact >= 1e-37f))
            return 0;
        uint bits = BitConverter.SingleToUInt32Bits(exact);
        return BitConverter.UInt32BitsToSingle((bits + 0xffffu) & 0xffff0000u);
    }
}
