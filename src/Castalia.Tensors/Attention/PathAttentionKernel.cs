using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Castalia.Tensors;

/// <summary>Attention along paths for one head of keys: run after run, four queries at a time.</summary>
internal static unsafe class PathAttentionKernel
{
    private const int Queries = 4;

    /// <summary>Puts a head's keys and values of all runs onto the path, and computes what the queries that share it come to.</summary>
    public static void Run<T>(PathPlan plan, int keyHead) where T : struct, IVectorElement
    {
        int size = plan.HeadSize, wide = plan.Path.ValueSize, longest = plan.Runs.Length == 0 ? 0 : plan.Runs.Max(run => run.End);
        int row = (longest + PathStore.Block - 1) / PathStore.Block * PathStore.Block; // floats of a query's scores
        using var scratch = new AlignedFloats(Queries * (row + 2 * wide) + wide);
        var work = new Scratch(scratch.Pointer, row, wide);
        Span<int> positions = stackalloc int[Queries];
        int first = 0, result = 0;
        foreach (TokenRun run in plan.Runs)
        {
            for (int i = 0; i < run.Length; i++)
                Append<T>(plan, keyHead, first + i, run.Start + i, work.Head);
            int end = plan.Wanted is { } wanted ? Below(wanted, result, first + run.Length) : first + run.Length;
            for (; result < end; result += Queries)
            {
                int count = Math.Min(Queries, end - result);
                for (int member = 0; member < plan.Group; member++)
                {
                    for (int i = 0; i < count; i++)
                    {
                        int token = plan.Wanted?[result + i] ?? result + i;
                        positions[i] = run.Start + token - first;
                        float* query = work.Query(i);
                        Turn<T>(plan, plan.Head(token, keyHead, member), positions[i], query);
                        for (int d = 0; d < size; d++)
                            query[d] *= plan.Scale;
                    }
                    Attend<T>(plan, keyHead, keyHead * plan.Group + member, result, positions[..count], work);
                }
            }
            result = end;
            first += run.Length;
        }
    }

    private static int Below(int[] wanted, int from, int token)
    {
        while (from < wanted.Length && wanted[from] < token)
            from++;
        return from;
    }

    private static void Append<T>(PathPlan plan, int keyHead, int token, int position, float* wide) where T : struct, IVectorElement
    {
        int size = plan.HeadSize;
        (int block, int lane) = Math.DivRem(position, PathStore.Block);
        Turn<T>(plan, plan.Head(token, keyHead, plan.Group), position, wide);
        float* key = plan.Path.Keys(keyHead) + (nint)block * size * PathStore.Block + lane;
        // Rounded as a key in the model's own type is.
        byte* rounded = stackalloc byte[sizeof(float)];
        for (int d = 0; d < size; d++)
        {
            T.Set(rounded, 0, wide[d]);
            key[d * PathStore.Block] = T.Get(rounded, 0);
        }
        byte* value = plan.Head(token, keyHead, plan.Group + 1);
        float* stored = plan.Path.Values(keyHead) + (nint)position * plan.Path.ValueSize;
        int whole = size & ~15;
        for (int d = 0; d < whole; d += 16)
            T.Load(value, d).Store(stored + d);
        for (int d = whole; d < size; d++)
            stored[d] = T.Get(value, d);
    }

    // A head in fp32, turned by its position's angles where there are such.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn<T>(PathPlan plan, byte* head, int position, float* result) where T : struct, IVectorElement
    {
        int pairs = plan.Pairs, step = plan.Interleaved ? 2 : 1, partner = plan.Interleaved ? 1 : pairs;
        float* cosines = plan.Cosines + (nint)position * pairs, sines = plan.Sines + (nint)position * pairs;
        for (int pair = 0; pair < pairs; pair++)
        {
            float first = T.Get(head, pair * step), second = T.Get(head, pair * step + partner);
            result[pair * step] = first * cosines[pair] - second * sines[pair];
            result[pair * step + partner] = second * cosines[pair] + first * sines[pair];
        }
        int d = 2 * pairs;
        for (; d <= plan.HeadSize - 16; d += 16)
            T.Load(head, d).Store(result + d);
        for (; d < plan.HeadSize; d++)
            result[d] = T.Get(head, d);
    }

    /// <summary>The results of up to four queries of one head, whose positions ascend.</summary>
    private static void Attend<T>(PathPlan plan, int keyHead, int head, int result, ReadOnlySpan<int> positions, Scratch work) where T : struct, IVectorElement
    {
        int size = plan.HeadSize, wide = plan.Path.ValueSize;
        int from = Math.Max(0, positions[0] + 1 - plan.Window), firstBlock = from / PathStore.Block;
        int blocks = positions[^1] / PathStore.Block + 1;
        Scores(work, positions.Length, plan.Path.Keys(keyHead), size, firstBlock, blocks);
        float* sums = stackalloc float[Queries];
        for (int i = 0; i < positions.Length; i++)
        {
            int seen = positions[i] + 1, first = Math.Max(0, seen - plan.Window);
            if (plan.Slopes is { } slopes)
                Slope(work.Row(i), first, seen, slopes[head] * VectorMath.Log2E);
            sums[i] = Exponentials(work.Row(i), first, seen);
        }
        float* values = plan.Path.Values(keyHead);
        // What all four see together, then what each sees alone; every sum in the order of the path.
        int common = positions[0] + 1, start = Math.Max(0, positions[^1] + 1 - plan.Window);
        bool together = positions.Length == Queries && start < common;
        if (together)
        {
            for (int i = 0; i < Queries; i++)
                MixOne(work.Row(i), values, wide, Math.Max(0, positions[i] + 1 - plan.Window), start, work.Mix(i), begins: true);
            MixFour(work, values, wide, start, common);
        }
        for (int i = 0; i < positions.Length; i++)
        {
            MixOne(work.Row(i), values, wide, together ? common : Math.Max(0, positions[i] + 1 - plan.Window), positions[i] + 1, work.Mix(i), begins: !together);
            float share = 1 / sums[i];
            float* mix = work.Mix(i);
            for (int d = 0; d < wide; d += 16)
                (Vector512.Load(mix + d) * Vector512.Create(share)).Store(mix + d);
            RowKernel.Store<T>(new ReadOnlySpan<float>(mix, size), plan.Output(result + i, head));
        }
    }

    // Products of queries with the keys of blocks, 64 keys at a time: a sum is the same chain of additions in every tile.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scores(Scratch work, int queries, float* keys, int size, int from, int to)
    {
        nint blockSize = (nint)size * PathStore.Block;
        int block = from;
        for (; block <= to - 4; block += 4)
        {
            float* k0 = keys + block * blockSize, k1 = k0 + blockSize, k2 = k1 + blockSize, k3 = k2 + blockSize;
            int i = 0;
            if (queries == Queries)
            {
                FourByFour(work, k0, k1, k2, k3, size, block * PathStore.Block);
                i = Queries;
            }
            for (; i < queries; i++)
            {
                float* query = work.Query(i);
                Vector512<float> s0 = Vector512<float>.Zero, s1 = s0, s2 = s0, s3 = s0;
                for (nint d = 0; d < size; d++)
                {
                    Vector512<float> q = Vector512.Create(query[d]);
                    s0 = Vector512.FusedMultiplyAdd(q, Vector512.Load(k0 + d * 16), s0);
                    s1 = Vector512.FusedMultiplyAdd(q, Vector512.Load(k1 + d * 16), s1);
                    s2 = Vector512.FusedMultiplyAdd(q, Vector512.Load(k2 + d * 16), s2);
                    s3 = Vector512.FusedMultiplyAdd(q, Vector512.Load(k3 + d * 16), s3);
                }
                float* scores = work.Row(i) + block * PathStore.Block;
                s0.Store(scores);
                s1.Store(scores + 16);
                s2.Store(scores + 32);
                s3.Store(scores + 48);
            }
        }
        for (; block < to; block++)
        {
            float* k = keys + block * blockSize;
            float* q0 = work.Query(0), q1 = work.Query(1), q2 = work.Query(2), q3 = work.Query(3);
            Vector512<float> s0 = Vector512<float>.Zero, s1 = s0, s2 = s0, s3 = s0;
            for (nint d = 0; d < size; d++)
            {
                Vector512<float> key = Vector512.Load(k + d * 16);
                s0 = Vector512.FusedMultiplyAdd(Vector512.Create(q0[d]), key, s0);
                s1 = Vector512.FusedMultiplyAdd(Vector512.Create(q1[d]), key, s1);
                s2 = Vector512.FusedMultiplyAdd(Vector512.Create(q2[d]), key, s2);
                s3 = Vector512.FusedMultiplyAdd(Vector512.Create(q3[d]), key, s3);
            }
            int at = block * PathStore.Block;
            s0.Store(work.Row(0) + at);
            s1.Store(work.Row(1) + at);
            s2.Store(work.Row(2) + at);
            s3.Store(work.Row(3) + at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByFour(Scratch work, float* k0, float* k1, float* k2, float* k3, int size, int at)
    {
        float* q0 = work.Query(0), q1 = work.Query(1), q2 = work.Query(2), q3 = work.Query(3);
        Vector512<float> a0 = Vector512<float>.Zero, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        Vector512<float> c0 = a0, c1 = a0, c2 = a0, c3 = a0, d0 = a0, d1 = a0, d2 = a0, d3 = a0;
        for (nint d = 0; d < size; d++)
        {
            Vector512<float> x = Vector512.Load(k0 + d * 16), y = Vector512.Load(k1 + d * 16), z = Vector512.Load(k2 + d * 16), u = Vector512.Load(k3 + d * 16);
            Four(Vector512.Create(q0[d]), x, y, z, u, ref a0, ref a1, ref a2, ref a3);
            Four(Vector512.Create(q1[d]), x, y, z, u, ref b0, ref b1, ref b2, ref b3);
            Four(Vector512.Create(q2[d]), x, y, z, u, ref c0, ref c1, ref c2, ref c3);
            Four(Vector512.Create(q3[d]), x, y, z, u, ref d0, ref d1, ref d2, ref d3);
        }
        Store(work.Row(0) + at, a0, a1, a2, a3);
        Store(work.Row(1) + at, b0, b1, b2, b3);
        Store(work.Row(2) + at, c0, c1, c2, c3);
        Store(work.Row(3) + at, d0, d1, d2, d3);
    }

    // Mixes of four queries over the values [from, to) that all of them see, 64 dimensions at a time; added to what is there.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MixFour(Scratch work, float* values, int wide, int from, int to)
    {
        float* p0 = work.Row(0), p1 = work.Row(1), p2 = work.Row(2), p3 = work.Row(3);
        int d = 0;
        for (; d <= wide - 64; d += 64)
        {
            float* m0 = work.Mix(0) + d, m1 = work.Mix(1) + d, m2 = work.Mix(2) + d, m3 = work.Mix(3) + d;
            Vector512<float> a0 = Vector512.Load(m0), a1 = Vector512.Load(m0 + 16), a2 = Vector512.Load(m0 + 32), a3 = Vector512.Load(m0 + 48);
            Vector512<float> b0 = Vector512.Load(m1), b1 = Vector512.Load(m1 + 16), b2 = Vector512.Load(m1 + 32), b3 = Vector512.Load(m1 + 48);
            Vector512<float> c0 = Vector512.Load(m2), c1 = Vector512.Load(m2 + 16), c2 = Vector512.Load(m2 + 32), c3 = Vector512.Load(m2 + 48);
            Vector512<float> d0 = Vector512.Load(m3), d1 = Vector512.Load(m3 + 16), d2 = Vector512.Load(m3 + 32), d3 = Vector512.Load(m3 + 48);
            float* value = values + (nint)from * wide + d;
            for (nint k = from; k < to; k++, value += wide)
            {
                Vector512<float> x = Vector512.Load(value), y = Vector512.Load(value + 16), z = Vector512.Load(value + 32), u = Vector512.Load(value + 48);
                Four(Vector512.Create(p0[k]), x, y, z, u, ref a0, ref a1, ref a2, ref a3);
                Four(Vector512.Create(p1[k]), x, y, z, u, ref b0, ref b1, ref b2, ref b3);
                Four(Vector512.Create(p2[k]), x, y, z, u, ref c0, ref c1, ref c2, ref c3);
                Four(Vector512.Create(p3[k]), x, y, z, u, ref d0, ref d1, ref d2, ref d3);
            }
            Store(m0, a0, a1, a2, a3);
            Store(m1, b0, b1, b2, b3);
            Store(m2, c0, c1, c2, c3);
            Store(m3, d0, d1, d2, d3);
        }
        for (; d < wide; d += 16)
        {
            Vector512<float> a = Vector512.Load(work.Mix(0) + d), b = Vector512.Load(work.Mix(1) + d), c = Vector512.Load(work.Mix(2) + d), e = Vector512.Load(work.Mix(3) + d);
            float* value = values + (nint)from * wide + d;
            for (nint k = from; k < to; k++, value += wide)
            {
                Vector512<float> x = Vector512.Load(value);
                a = Vector512.FusedMultiplyAdd(Vector512.Create(p0[k]), x, a);
                b = Vector512.FusedMultiplyAdd(Vector512.Create(p1[k]), x, b);
                c = Vector512.FusedMultiplyAdd(Vector512.Create(p2[k]), x, c);
                e = Vector512.FusedMultiplyAdd(Vector512.Create(p3[k]), x, e);
            }
            a.Store(work.Mix(0) + d);
            b.Store(work.Mix(1) + d);
            c.Store(work.Mix(2) + d);
            e.Store(work.Mix(3) + d);
        }
    }

    // One query's mix over the values [from, to).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MixOne(float* shares, float* values, int wide, int from, int to, float* mix, bool begins)
    {
        int d = 0;
        for (; d <= wide - 64; d += 64)
        {
            Vector512<float> a0 = Vector512<float>.Zero, a1 = a0, a2 = a0, a3 = a0;
            if (!begins)
                (a0, a1, a2, a3) = (Vector512.Load(mix + d), Vector512.Load(mix + d + 16), Vector512.Load(mix + d + 32), Vector512.Load(mix + d + 48));
            float* value = values + (nint)from * wide + d;
            for (nint k = from; k < to; k++, value += wide)
            {
                Four(Vector512.Create(shares[k]), Vector512.Load(value), Vector512.Load(value + 16), Vector512.Load(value + 32), Vector512.Load(value + 48),
                    ref a0, ref a1, ref a2, ref a3);
            }
            Store(mix + d, a0, a1, a2, a3);
        }
        for (; d < wide; d += 16)
        {
            Vector512<float> sum = begins ? Vector512<float>.Zero : Vector512.Load(mix + d);
            float* value = values + (nint)from * wide + d;
            for (nint k = from; k < to; k++, value += wide)
                sum = Vector512.FusedMultiplyAdd(Vector512.Create(shares[k]), Vector512.Load(value), sum);
            sum.Store(mix + d);
        }
    }

    private static void Slope(float* scores, int first, int seen, float slope)
    {
        for (int i = first; i < seen; i++)
            scores[i] += slope * (i + 1 - seen);
    }

    // Scores, powers of two, become 2^(score - largest) over the keys [first, seen); returns their sum.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentials(float* scores, int first, int seen)
    {
        int from = first & ~15, to = (seen + 15) & ~15;
        new Span<float>(scores + from, first - from).Fill(float.NegativeInfinity);
        new Span<float>(scores + seen, to - seen).Fill(float.NegativeInfinity);
        Vector512<float> most = Vector512.Create(float.NegativeInfinity), sums = Vector512<float>.Zero;
        for (int i = from; i < to; i += 16)
            most = Vector512.MaxNative(most, Vector512.Load(scores + i));
        float maximum = float.NegativeInfinity;
        for (int lane = 0; lane < 16; lane++)
            maximum = MathF.Max(maximum, most[lane]);
        Vector512<float> shift = Vector512.Create(maximum);
        for (int i = from; i < to; i += 16)
        {
            Vector512<float> value = VectorMath.Exp2(Vector512.Load(scores + i) - shift);
            value.Store(scores + i);
            sums += value;
        }
        return Vector512.Sum(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(Vector512<float> factor, Vector512<float> x, Vector512<float> y, Vector512<float> z, Vector512<float> u,
        ref Vector512<float> sum0, ref Vector512<float> sum1, ref Vector512<float> sum2, ref Vector512<float> sum3)
    {
        sum0 = Vector512.FusedMultiplyAdd(factor, x, sum0);
        sum1 = Vector512.FusedMultiplyAdd(factor, y, sum1);
        sum2 = Vector512.FusedMultiplyAdd(factor, z, sum2);
        sum3 = Vector512.FusedMultiplyAdd(factor, u, sum3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        a.Store(target);
        b.Store(target + 16);
        c.Store(target + 32);
        d.Store(target + 48);
    }

    /// <summary>Room for four queries: themselves, their scores, their mixes; and for one head more.</summary>
    private readonly struct Scratch(float* start, int row, int wide)
    {
        public float* Row(int i) => start + (nint)i * row;

        public float* Query(int i) => start + (nint)Queries * row + i * wide;

        public float* Mix(int i) => start + (nint)Queries * (row + wide) + i * wide;

        public float* Head => start + (nint)Queries * (row + 2 * wide);
    }
}
