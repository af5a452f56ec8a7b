using System.Runtime.Intrinsics.X86;

namespace Castalia.Data;

/// <summary>
/// The generator behind <c>numpy.random.RandomState</c> with an integer seed, bit for bit: MT19937 (Matsumoto and Nishimura, 1998), bounded
/// integers by masked rejection, and the Fisher-Yates shuffle that runs from the end. GPT-NeoX draws its sample order with it, so the same
/// seed here gives the same order there.
/// </summary>
public sealed class NumpyRandomState
{
    private const int StateSize = 624;
    private const int ShiftSize = 397;

    // How many draws a shuffle is ahead of its swaps: enough for the memory to answer, few enough to stay in the first cache.
    private const int ShuffleWindow = 64;

    private readonly uint[] _state = new uint[StateSize];
    private int _next = StateSize;

    /// <summary>Seeds the generator as <c>RandomState(seed)</c> does.</summary>
    public NumpyRandomState(uint seed)
    {
        _state[0] = seed;
        for (uint i = 1; i < StateSize; i++)
            _state[i] = 1812433253u * (_state[i - 1] ^ (_state[i - 1] >> 30)) + i;
    }

    /// <summary>The next 32 random bits.</summary>
    public uint NextUInt32()
    {
        if (_next == StateSize)
            Refill();
        uint word = _state[_next++];
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c5680u;
        word ^= (word << 15) & 0xefc60000u;
        return word ^ (word >> 18);
    }

    /// <summary>
    /// A random number from 0 to <paramref name="largest"/>, both included: bits under the smallest covering mask are drawn until they fit, 32 of
    /// them where the bound needs no more, else 64 (high word first).
    /// </summary>
    public ulong NextUpTo(ulong largest)
    {
        if (largest == 0)
            return 0;
        ulong mask = ulong.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount(largest);
        ulong draw;
        if (largest <= uint.MaxValue)
        {
            do
                draw = NextUInt32() & mask;
            while (draw > largest);
        }
        else
        {
            do
            {
                ulong high = NextUInt32();
                draw = ((high << 32) | NextUInt32()) & mask;
            }
            while (draw > largest);
        }
        return draw;
    }

    /// <summary>Shuffles in place as <c>RandomState.shuffle</c> does with a one-dimensional array.</summary>
    public unsafe void Shuffle<T>(Span<T> items)
        where T : unmanaged
    {
        fixed (T* first = items)
            Shuffle(first, items.Length);
    }

    /// <summary>
    /// The same over memory of any size, such as a mapped file. Random places of gigabytes are mostly cache misses, so the places are drawn and
    /// prefetched a window ahead of the swaps; the draws do not depend on the items, so the result is the same.
    /// </summary>
    /// <param name="items">The first item.</param>
    /// <param name="count">How many items.</param>
    /// <param name="report">Told now and then how many items have found their place.</param>
    /// <param name="cancellationToken">Stops the shuffle half-way.</param>
    public unsafe void Shuffle<T>(T* items, long count, Action<long>? report = null, CancellationToken cancellationToken = default)
        where T : unmanaged
    {
        long* picks = stackalloc long[ShuffleWindow];
        long untilReport = 0;
        for (long last = count - 1; last > 0;)
        {
            int window = (int)Math.Min(ShuffleWindow, last);
            for (int k = 0; k < window; k++)
            {
                picks[k] = (long)NextUpTo((ulong)(last - k));
                if (Sse.IsSupported)
                    Sse.Prefetch0(items + picks[k]);
            }
            for (int k = 0; k < window; k++)
                (items[last - k], items[picks[k]]) = (items[picks[k]], items[last - k]);
            last -= window;
            untilReport -= window;
            if (untilReport <= 0)
            {
                untilReport = 1 << 20;
                cancellationToken.ThrowIfCancellationRequested();
                report?.Invoke(count - 1 - last);
            }
        }
    }

    private void Refill()
    {
        uint[] state = _state;
        for (int i = 0; i < StateSize; i++)
        {
            int following = i + 1 < StateSize ? i + 1 : 0;
            int shifted = i + ShiftSize < StateSize ? i + ShiftSize : i + ShiftSize - StateSize;
            uint bits = (state[i] & 0x80000000u) | (state[following] & 0x7fffffffu);
            state[i] = state[shifted] ^ (bits >> 1) ^ ((bits & 1) * 0x9908b0dfu);
        }
        _next = 0;
    }
}
