using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Castalia.Text.Bpe;

/// <summary>
/// The merging of a short word: symbols stay where they are and go out one by one, which ones are left is a bit mask, and the next pair to
/// merge is the least of all keys, found with vectors. A key is a pair's rank above its place: of equal ranks the leftmost is least.
/// Right only where results are distinct.
/// </summary>
internal sealed class ShortMerge
{
    /// <summary>The most symbols, one for each bit of the mask.</summary>
    public const int Longest = 64;

    private const int PlaceBits = 6;
    private const uint Never = uint.MaxValue;

    private readonly int[] _symbols = new int[Longest];
    private readonly uint[] _keys = new uint[Longest];

    /// <summary>The most merges that there may be for ranks to fit into keys.</summary>
    public const int MostMerges = 1 << (32 - PlaceBits - 1);

    /// <summary>Adds the tokens of a word of 2 to 64 bytes.</summary>
    public void Encode(ReadOnlySpan<byte> word, ByteLevelBpe model, IdBuffer output)
    {
        ref int symbols = ref MemoryMarshal.GetArrayDataReference(_symbols);
        ref uint keys = ref MemoryMarshal.GetArrayDataReference(_keys);
        int last = word.Length - 1;
        for (int i = 0; i < last; i++)
        {
            Unsafe.Add(ref symbols, i) = model.SymbolOf[word[i]];
            Unsafe.Add(ref keys, i) = Key(model.RankOfBytes(word[i], word[i + 1]), i);
        }
        Unsafe.Add(ref symbols, last) = model.SymbolOf[word[last]];
        for (int i = last; i < (last | 7) + 1; i++)
            Unsafe.Add(ref keys, i) = Never;

        ulong left = ulong.MaxValue >> (Longest - 1 - last);
        MergeTable merges = model.Merges;
        for (uint least; (least = Least(ref keys, last)) != Never;)
        {
            int at = (int)(least & (Longest - 1)), symbol = merges.ResultOf((int)(least >> PlaceBits));
            Unsafe.Add(ref symbols, at) = symbol;
            ulong after = left & (ulong.MaxValue - 1 << at);
            Unsafe.Add(ref keys, BitOperations.TrailingZeroCount(after)) = Never;
            left &= ~(after & (0UL - after));
            after &= after - 1;
            ulong before = left & ((1UL << at) - 1);
            if (before != 0)
            {
                int previous = BitOperations.Log2(before);
                Unsafe.Add(ref keys, previous) = Key(merges.RankOf(Unsafe.Add(ref symbols, previous), symbol), previous);
            }
            Unsafe.Add(ref keys, at) = after == 0
                ? Never : Key(merges.RankOf(symbol, Unsafe.Add(ref symbols, BitOperations.TrailingZeroCount(after))), at);
        }

        ref int ids = ref output.Reserve(Longest);
        int count = 0;
        for (; left != 0; left &= left - 1)
            Unsafe.Add(ref ids, count++) = Unsafe.Add(ref symbols, BitOperations.TrailingZeroCount(left));
        output.Advance(count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Key(int rank, int place) => rank == MergeTable.None ? Never : ((uint)rank << PlaceBits) | (uint)place;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Least(ref uint keys, int last)
    {
        Vector256<uint> eight = Vector256.LoadUnsafe(ref keys);
        for (int i = 8; i <= last; i += 8)
            eight = Vector256.Min(eight, Vector256.LoadUnsafe(ref keys, (nuint)i));
        Vector128<uint> four = Vector128.Min(eight.GetLower(), eight.GetUpper());
        four = Vector128.Min(four, Vector128.Shuffle(four, Vector128.Create(2u, 3, 0, 1)));
        return Math.Min(four[0], four[1]);
    }
}
