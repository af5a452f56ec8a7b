using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Castalia.Tensors;

/// <summary>Where the heads of a token lie: in elements from the tensor's start.</summary>
/// <param name="Batch">From one sequence to the next.</param>
/// <param name="Token">From one token to the next.</param>
/// <param name="Head">From one head to the next. The dimensions of a head are contiguous.</param>
internal readonly record struct HeadStrides(long Batch, long Token, long Head)
{
    /// <summary>[batch, heads, tokens, dimensions], contiguous: what products of heads want.</summary>
    public static HeadStrides HeadMajor(int heads, int tokens, int dimensions) =>
        new((long)heads * tokens * dimensions, dimensions, (long)tokens * dimensions);

    /// <summary>[batch, tokens, heads * dimensions], contiguous; <paramref name="parts"/> is 3 where query, key and value of a head follow one another.</summary>
    public static HeadStrides TokenMajor(int heads, int tokens, int dimensions, int parts = 1) =>
        new((long)tokens * heads * parts * dimensions, (long)heads * parts * dimensions, (long)parts * dimensions);
}

/// <summary>Sizes of a set of heads.</summary>
internal readonly record struct HeadSizes(int Batch, int Heads, int Tokens, int Dimensions);

/// <summary>Moves heads between layouts and rotates them on the way.</summary>
internal static unsafe class HeadsKernel
{
    /// <summary>Copies all heads from one layout to the other.</summary>
    public static void Copy<T>(byte* source, HeadStrides from, byte* target, HeadStrides to, HeadSizes sizes) where T : struct, IVectorElement
    {
        nint sourceAddress = (nint)source;
        nint targetAddress = (nint)target;
        long bytes = (long)sizes.Dimensions * T.Size;
        ForEachHead(sizes, (batch, token, head) =>
        {
            byte* read = (byte*)sourceAddress + (batch * from.Batch + token * from.Token + head * from.Head) * T.Size;
            byte* write = (byte*)targetAddress + (batch * to.Batch + token * to.Token + head * to.Head) * T.Size;
            Buffer.MemoryCopy(read, write, bytes, bytes);
        });
    }

    /// <summary>Copies all heads and turns each by its position's angles, or back by them. Without first positions every sequence begins at 0.</summary>
    public static void Rotate<T>(byte* source, HeadStrides from, byte* target, HeadStrides to, HeadSizes sizes,
        RotaryTable table, int[]? firstPositions, bool inverse) where T : struct, IVectorElement
    {
        nint sourceAddress = (nint)source;
        nint targetAddress = (nint)target;
        float* cosines = (float*)Aten.Pointer(table.Cosines);
        float* sines = (float*)Aten.Pointer(table.Sines);
        int pairs = table.Pairs;
        bool interleaved = table.Pairing == RotaryPairing.Interleaved;
        int step = interleaved ? 2 : 1;
        int partner = interleaved ? 1 : pairs;
        float direction = inverse ? -1 : 1;
        long restBytes = (sizes.Dimensions - 2L * pairs) * T.Size;
        ForEachHead(sizes, (batch, token, head) =>
        {
            long row = ((firstPositions?[batch] ?? 0) + token) * pairs;
            byte* read = (byte*)sourceAddress + (batch * from.Batch + token * from.Token + head * from.Head) * T.Size;
            byte* write = (byte*)targetAddress + (batch * to.Batch + token * to.Token + head * to.Head) * T.Size;
            int pair = interleaved ? 0 : TurnHalves<T>(read, write, cosines + row, sines + row, pairs, direction);
            for (; pair < pairs; pair++)
            {
                float cosine = cosines[row + pair];
                float sine = sines[row + pair] * direction;
                float first = T.Get(read, pair * step);
                float second = T.Get(read, pair * step + partner);
                T.Set(write, pair * step, first * cosine - second * sine);
                T.Set(write, pair * step + partner, second * cosine + first * sine);
            }
            Buffer.MemoryCopy(read + 2 * pairs * T.Size, write + 2 * pairs * T.Size, restBytes, restBytes);
        });
    }

    // Sixteen pairs at a time; eight, which is a quarter of a head of 64, in one vector: first ones, second ones. Returns how many are done.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int TurnHalves<T>(byte* read, byte* write, float* cosines, float* sines, int pairs, float direction) where T : struct, IVectorElement
    {
        if (pairs == 8)
        {
            Vector512<float> both = T.Load(read, 0), exchanged = Vector512.Create(both.GetUpper(), both.GetLower());
            Vector256<float> cosine = Vector256.Load(cosines), sine = Vector256.Load(sines) * direction;
            T.Store(write, 0, both * Vector512.Create(cosine, cosine) + exchanged * Vector512.Create(-sine, sine));
            return 8;
        }
        int pair = 0;
        for (; pair <= pairs - 16; pair += 16)
        {
            Vector512<float> cosine = Vector512.Load(cosines + pair), sine = Vector512.Load(sines + pair) * direction;
            Vector512<float> first = T.Load(read, pair), second = T.Load(read, pairs + pair);
            T.Store(write, pair, first * cosine - second * sine);
            T.Store(write, pairs + pair, second * cosine + first * sine);
        }
        return pair;
    }

    // Head by head within a range of tokens: the same token's heads lie a power of two apart, where they would drive each other out of the cache.
    private static void ForEachHead(HeadSizes sizes, Action<long, long, int> work) =>
        ParallelRows.For(sizes.Batch * sizes.Tokens, 64, (from, to) =>
        {
            for (int head = 0; head < sizes.Heads; head++)
            {
                for (int row = from; row < to; row++)
                    work(row / sizes.Tokens, row % sizes.Tokens, head);
            }
        });
}
