using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Castalia.Tensors;

/// <summary>The tanh form of GELU, sixteen numbers at once.</summary>
internal static unsafe class GeluKernel
{
    // x (1 + tanh u) / 2 with u = sqrt(2/pi) (x + 0.044715 x^3) is x / (1 + e^(-2u)): one exponential and one division.
    private const float Slope = -2 * 0.7978845608f * VectorMath.Log2E;
    private const float Cubic = 0.044715f;

    /// <summary><c>output = gelu(input)</c></summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(byte* input, byte* output, int count) where T : struct, IVectorElement
    {
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            Vector512<float> x = T.Load(input, i);
            T.Store(output, i, x * Sigmoid(x, x * x));
        }
        for (; i < count; i++)
        {
            float x = T.Get(input, i);
            T.Set(output, i, x * Sigmoid(x));
        }
    }

    /// <summary><c>result = gradient * gelu'(input)</c>; the result may be the gradient's own memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<T>(byte* input, byte* gradient, byte* result, int count) where T : struct, IVectorElement
    {
        // s + x s (1 - s) * 2 du/dx
        Vector512<float> one = Vector512<float>.One;
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            Vector512<float> x = T.Load(input, i);
            Vector512<float> square = x * x;
            Vector512<float> s = Sigmoid(x, square);
            Vector512<float> slope = Vector512.FusedMultiplyAdd(square, Vector512.Create(Derivative * 3 * Cubic), Vector512.Create(Derivative));
            Vector512<float> inner = Vector512.FusedMultiplyAdd(x * slope, one - s, one);
            T.Store(result, i, T.Load(gradient, i) * s * inner);
        }
        for (; i < count; i++)
        {
            float x = T.Get(input, i);
            float s = Sigmoid(x);
            float slope = Derivative * (1 + 3 * Cubic * x * x);
            T.Set(result, i, T.Get(gradient, i) * s * (1 + x * slope * (1 - s)));
        }
    }

    private const float Derivative = 2 * 0.7978845608f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sigmoid(Vector512<float> x, Vector512<float> square)
    {
        Vector512<float> exponent = x * Vector512.FusedMultiplyAdd(square, Vector512.Create(Slope * Cubic), Vector512.Create(Slope));
        // Above 2^126 the quotient is zero for every purpose.
        exponent = Vector512.MinNative(Vector512.Create(126f), exponent);
        return Vector512<float>.One / (Vector512<float>.One + VectorMath.Exp2(exponent));
    }

    private static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-Derivative * (x + Cubic * x * x * x)));
}
