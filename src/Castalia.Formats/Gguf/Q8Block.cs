using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Castalia.Formats;

/// <summary>
/// ggml's Q8_0: 32 numbers of a row as a half, the scale d = max|x| / 127, and 32 signed bytes, q = x · (1/d) rounded to the nearest, halves away
/// from zero. The products are taken with the scale in fp32, before it is rounded to a half, as ggml's reference does: bit for bit its blocks.
/// </summary>
public static class Q8Block
{
    /// <summary>Numbers a block.</summary>
    public const int Length = 32;

    /// <summary>Bytes a block.</summary>
    public const int Bytes = sizeof(ushort) + Length;

    private const float Steps = 127;

    /// <summary>Quantises rows.</summary>
    /// <param name="numbers">The numbers, whole blocks of them.</param>
    /// <param name="blocks">Room for their blocks.</param>
    /// <returns>False where a number is not finite, or so large that its scale is no half; the blocks then mean nothing.</returns>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static bool TryQuantize(ReadOnlySpan<float> numbers, Span<byte> blocks)
    {
        int count = CountOf(numbers.Length, blocks.Length);
        bool sound = true;
        for (int i = 0; i < count; i++)
            sound &= TryQuantizeOne(numbers.Slice(i * Length, Length), blocks.Slice(i * Bytes, Bytes));
        return sound;
    }

    /// <summary>The numbers of blocks: q · d.</summary>
    /// <param name="blocks">Whole blocks.</param>
    /// <param name="numbers">Room for their numbers.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static void Dequantize(ReadOnlySpan<byte> blocks, Span<float> numbers)
    {
        int count = CountOf(numbers.Length, blocks.Length);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> block = blocks.Slice(i * Bytes, Bytes);
            Vector256<float> scale = Vector256.Create((float)BinaryPrimitives.ReadHalfLittleEndian(block));
            Vector256<sbyte> steps = Vector256.Create(block[sizeof(ushort)..]).AsSByte();
            (Vector256<short> low, Vector256<short> high) = Vector256.Widen(steps);
            Span<float> target = numbers.Slice(i * Length, Length);
            Write(low, scale, target);
            Write(high, scale, target[16..]);
        }

        static void Write(Vector256<short> steps, Vector256<float> scale, Span<float> target)
        {
            (Vector256<int> low, Vector256<int> high) = Vector256.Widen(steps);
            (Vector256.ConvertToSingle(low) * scale).CopyTo(target);
            (Vector256.ConvertToSingle(high) * scale).CopyTo(target[8..]);
        }
    }

    private static bool TryQuantizeOne(ReadOnlySpan<float> numbers, Span<byte> block)
    {
        Vector256<float> a = Vector256.Create(numbers), b = Vector256.Create(numbers[8..]);
        Vector256<float> c = Vector256.Create(numbers[16..]), d = Vector256.Create(numbers[24..]);
        Vector256<float> most = Vector256.Max(
            Vector256.Max(Vector256.Abs(a), Vector256.Abs(b)), Vector256.Max(Vector256.Abs(c), Vector256.Abs(d)));
        float scale = Greatest(most) / Steps;
        float inverse = scale == 0 ? 0 : 1 / scale;
        Half stored = (Half)scale;
        BinaryPrimitives.WriteHalfLittleEndian(block, stored);
        Vector256<float> factor = Vector256.Create(inverse);
        // The values are whole and within ±127: narrowing loses nothing. 1/d of a d below 2^-128 is infinite; its block's scale is stored as 0.
        Vector256<short> low = Vector256.Narrow(Rounded(a, factor), Rounded(b, factor)), high = Vector256.Narrow(Rounded(c, factor), Rounded(d, factor));
        Vector256.Narrow(low, high).AsByte().CopyTo(block[sizeof(ushort)..]);
        return Half.IsFinite(stored);
    }

    /// <summary>C's roundf: adding a half and cutting off would round 0.49999997 up.</summary>
    private static Vector256<int> Rounded(Vector256<float> numbers, Vector256<float> factor)
    {
        Vector256<float> product = numbers * factor, whole = Vector256.Truncate(product);
        Vector256<float> up = Vector256.GreaterThanOrEqual(Vector256.Abs(product - whole), Vector256.Create(0.5f));
        Vector256<float> one = Vector256.ConditionalSelect(Vector256.LessThan(product, Vector256<float>.Zero), Vector256.Create(-1f), Vector256.Create(1f));
        return Vector256.ConvertToInt32(whole + (up & one));
    }

    // Vector256.Max gives NaN where a number is NaN, and so does Math.Max.
    private static float Greatest(Vector256<float> numbers)
    {
        float greatest = 0;
        for (int i = 0; i < Vector256<float>.Count; i++)
            greatest = Math.Max(greatest, numbers[i]);
        return greatest;
    }

    private static int CountOf(int numbers, int bytes) => numbers % Length == 0 && bytes == numbers / Length * Bytes
        ? numbers / Length
        : throw new ArgumentException($"{numbers} numbers and {bytes} bytes: expected whole blocks of {Length} numbers and {Bytes} bytes for each.");
}
