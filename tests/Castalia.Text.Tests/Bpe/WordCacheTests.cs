using Castalia.Text.Bpe;
using Castalia.Text.Models;

namespace Castalia.Text.Tests.Bpe;

/// <summary>What the cache gives is what the encoder gives, however much it forgets.</summary>
public sealed class WordCacheTests
{
    /// <summary>More words than the table and the ring can hold, of all lengths and with up to as many tokens as bytes, each asked for again and again.</summary>
    [Fact]
    public void Words_have_their_own_tokens_whatever_was_overwritten()
    {
        Random random = new(7);
        WordCache cache = new();
        CountingEncoder encoder = new();
        IdBuffer found = new(), expected = new();
        byte[][] words = [.. Enumerable.Range(0, 150_000).Select(i => Word(random, i))];
        const int Asked = 300_000;
        for (int i = 0; i < Asked; i++)
        {
            // Some words are asked for often, most seldom.
            byte[] word = words[(int)(words.Length * Math.Pow(random.NextDouble(), 3))];
            byte[] text = [.. "before"u8, .. word, .. (i % 2 == 0 ? "behind, more than sixteen bytes of it"u8 : default)];
            found.Clear();
            expected.Clear();
            cache.Encode(text, 6, 6 + word.Length, encoder, found);
            CountingEncoder.Write(word, expected);
            Assert.True(expected.Ids.SequenceEqual(found.Ids), Convert.ToHexString(word));
        }
        Assert.InRange(encoder.Calls, 1, Asked * 3 / 4);
    }

    /// <summary>Words with a common beginning, of which the end or only the length differs.</summary>
    private static byte[] Word(Random random, int index)
    {
        int length = index % 10 == 0 ? random.Next(16, 300) : random.Next(1, 16);
        byte[] word = new byte[length];
        for (int i = 0; i < Math.Min(4, length); i++)
            word[^(i + 1)] = (byte)random.Next(256);
        return word;
    }

    /// <summary>Tokens that depend on all of a word: their number on its last byte.</summary>
    private sealed class CountingEncoder : PieceEncoder
    {
        public int Calls { get; private set; }

        public static void Write(ReadOnlySpan<byte> piece, IdBuffer tokens)
        {
            HashCode hash = new();
            hash.AddBytes(piece);
            int count = Math.Min(piece.Length, 1 + (piece[^1] % 9));
            for (int i = 0; i < count; i++)
                tokens.Add(hash.ToHashCode() ^ (piece.Length << 8) ^ i);
        }

        public override void Encode(ReadOnlySpan<byte> piece, IdBuffer tokens)
        {
            Calls++;
            Write(piece, tokens);
        }
    }
}
