using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Castalia.Tensors;

/// <summary>The inputs of a product of few rows, widened to fp32 and laid out as the weights' format reads its blocks.</summary>
internal static unsafe class InputRows
{
    /// <summary>Elements from one row to the next: whole blocks.</summary>
    public static int Stride(int inputs) => (inputs + IWeightFormat.Block - 1) / IWeightFormat.Block * IWeightFormat.Block;

    /// <summary>Lays out rows.</summary>
    /// <param name="source">[rows, inputs], contiguous.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="inputs">The length of a row.</param>
    /// <param name="target">[rows, stride]; what is beyond a row's end becomes zero.</param>
    public static void LayOut<TWeight, TInput>(byte* source, int rows, int inputs, float* target)
        where TWeight : struct, IWeightFormat
        where TInput : struct, IVectorElement
    {
        int stride = Stride(inputs);
        for (int row = 0; row < rows; row++)
            Row<TWeight, TInput>(source + (nint)row * inputs * TInput.Size, inputs, target + (nint)row * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<TWeight, TInput>(byte* source, int inputs, float* target)
        where TWeight : struct, IWeightFormat
        where TInput : struct, IVectorElement
    {
        int whole = inputs / IWeightFormat.Block * IWeightFormat.Block;
        for (int i = 0; i < whole; i += IWeightFormat.Block)
        {
            if (!TWeight.EvenOdd)
            {
                TInput.Load(source, i).Store(target + i);
                TInput.Load(source, i + 16).Store(target + i + 16);
            }
            else if (TInput.Size == sizeof(ushort))
            {
                // bf16 inputs come apart as bf16 weights do.
                BFloat16Weights.First(source, null, i / IWeightFormat.Block).Store(target + i);
                BFloat16Weights.Second(source, null, i / IWeightFormat.Block).Store(target + i + 16);
            }
            else
            {
                for (int j = 0; j < 16; j++)
                {
                    target[i + j] = TInput.Get(source, i + 2 * j);
                    target[i + 16 + j] = TInput.Get(source, i + 2 * j + 1);
                }
            }
        }
        if (whole == inputs)
            return;
        for (int i = 0; i < IWeightFormat.Block; i++)
        {
            int place = TWeight.EvenOdd ? i / 2 + i % 2 * 16 : i;
            target[whole + place] = whole + i < inputs ? TInput.Get(source, whole + i) : 0;
        }
    }
}
