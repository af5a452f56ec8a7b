namespace Castalia.Evaluation;

/// <summary>
/// CPython's <c>random.Random</c>, bit for bit: the Mersenne Twister of Matsumoto and Nishimura (1998) seeded through <c>init_by_array</c>, and the
/// draws that CPython builds on it. The harness chooses few-shot examples and bootstrap samples with it, so published numbers hang on it.
/// </summary>
public sealed class PythonRandom
{
    private const int StateLength = 624;
    private const int ShiftLength = 397;

    private readonly uint[] _state = new uint[StateLength];
    private int _next = StateLength;

    /// <summary>The generator that <c>random.Random(seed)</c> makes; the seed's sign does not matter.</summary>
    public PythonRandom(long seed)
    {
        ulong magnitude = seed < 0 ? (ulong)-(Int128)seed : (ulong)seed;
        uint low = (uint)magnitude, high = (uint)(magnitude >> 32);
        Seed(high == 0 ? [low] : [low, high]);
    }

    /// <summary>A float in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => ((NextUInt32() >> 5) * 67108864.0 + (NextUInt32() >> 6)) / 9007199254740992.0;

    /// <summary><c>getrandbits(count)</c> for 1 to 64 bits.</summary>
    public ulong NextBits(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 64);
        if (count <= 32)
            return NextUInt32() >> (32 - count);
        ulong low = NextUInt32();
        return low | ((ulong)(NextUInt32() >> (64 - count)) << 32);
    }

    /// <summary><c>_randbelow(limit)</c>: a whole number in [0, limit).</summary>
    public long NextBelow(long limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        int bits = 64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)limit);
        ulong drawn = NextBits(bits);
        while (drawn >= (ulong)limit)
            drawn = NextBits(bits);
        return (long)drawn;
    }

    /// <summary><c>sample(range(population), count)</c>: different indexes, in the order drawn.</summary>
    public int[] Sample(int population, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, population);
        var drawn = new int[count];
        // CPython copies the population where that is smaller than a set of what was drawn.
        long setSize = 21;
        if (count > 5)
            setSize += (long)Math.Pow(4, Math.Ceiling(Math.Log(count * 3) / Math.Log(4)));
        if (population <= setSize)
        {
            int[] pool = [.. Enumerable.Range(0, population)];
            for (int i = 0; i < count; i++)
            {
                int at = (int)NextBelow(population - i);
                drawn[i] = pool[at];
                pool[at] = pool[population - i - 1];
            }
            return drawn;
        }
        var seen = new HashSet<int>();
        for (int i = 0; i < count; i++)
        {
            int at = (int)NextBelow(population);
            while (!seen.Add(at))
                at = (int)NextBelow(population);
            drawn[i] = at;
        }
        return drawn;
    }

    /// <summary><c>shuffle</c>.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int other = (int)NextBelow(i + 1);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }

    /// <summary><c>choices(population, k=drawn.Length)</c>: with repeats.</summary>
    public void Choices<T>(ReadOnlySpan<T> population, Span<T> drawn)
    {
        double count = population.Length;
        for (int i = 0; i < drawn.Length; i++)
            drawn[i] = population[(int)(NextDouble() * count)];
    }

    /// <summary><c>choices(range(n), k=n)</c> for as many as there is room for.</summary>
    public void Choices(Span<int> drawn)
    {
        double count = drawn.Length;
        for (int i = 0; i < drawn.Length; i++)
            drawn[i] = (int)(NextDouble() * count);
    }

    private void Seed(ReadOnlySpan<uint> key)
    {
        _state[0] = 19650218;
        for (int i = 1; i < StateLength; i++)
            _state[i] = 1812433253 * (_state[i - 1] ^ (_state[i - 1] >> 30)) + (uint)i;
        int at = 1, from = 0;
        for (int left = Math.Max(StateLength, key.Length); left > 0; left--)
        {
            _state[at] = (_state[at] ^ ((_state[at - 1] ^ (_state[at - 1] >> 30)) * 1664525)) + key[from] + (uint)from;
            Step(ref at);
            from = from + 1 == key.Length ? 0 : from + 1;
        }
        for (int left = StateLength - 1; left > 0; left--)
        {
            _state[at] = (_state[at] ^ ((_state[at - 1] ^ (_state[at - 1] >> 30)) * 1566083941)) - (uint)at;
            Step(ref at);
        }
        _state[0] = 0x80000000;
    }

    private void Step(ref int at)
    {
        if (++at < StateLength)
            return;
        _state[0] = _state[StateLength - 1];
        at = 1;
    }

    private uint NextUInt32()
    {
        if (_next == StateLength)
            Refill();
        uint y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >> 18);
    }

    private void Refill()
    {
        const int Split = StateLength - ShiftLength;
        for (int i = 0; i < Split; i++)
            _state[i] = _state[i + ShiftLength] ^ Twisted(_state[i], _state[i + 1]);
        for (int i = Split; i < StateLength - 1; i++)
            _state[i] = _state[i - Split] ^ Twisted(_state[i], _state[i + 1]);
        _state[StateLength - 1] = _state[ShiftLength - 1] ^ Twisted(_state[StateLength - 1], _state[0]);
        _next = 0;
    }

    private static uint Twisted(uint high, uint low)
    {
        uint y = (high & 0x80000000) | (low & 0x7fffffff);
        return (y >> 1) ^ ((y & 1) * 0x9908b0df);
    }
}
