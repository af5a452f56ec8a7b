using System.Text;
using Castalia.Testing;
using CsCheck;

namespace Castalia.Evaluation.Tests.Answers;

/// <summary>The file of answers: what comes back, and what becomes of files that are damaged, foreign or in use.</summary>
public sealed class AnswerStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string File => _folder["answers.txt"];

    private static AnswerKey Key(string text) => AnswerKey.Of("model", new RollingRequest(text));

    private void Fill(params object[] answers)
    {
        using AnswerStore store = AnswerStore.Open(File);
        for (int i = 0; i < answers.Length; i++)
            store.Add(Key($"{i}"), answers[i]);
    }

    [Fact]
    public void Answers_come_back_to_the_bit()
    {
        object[] answers =
        [
            new Loglikelihood(-1.0 / 3, true), new Loglikelihood(double.NegativeInfinity, false), -0.0, double.NaN, 4.9e-324, -1e300,
            "", "two\nlines \"quoted\" \u2028 \U0001F600 \0 \\", " ", new string('x', 200_000),
        ];
        Fill(answers);
        using AnswerStore store = AnswerStore.Open(File);
        Assert.Equal((answers.Length, 0), (store.Count, store.Dropped));
        for (int i = 0; i < answers.Length; i++)
        {
            Assert.True(store.TryGet(Key($"{i}"), out object? answer));
            Assert.Equal(answers[i], answer);
            if (answer is double number)
                Assert.Equal(BitConverter.DoubleToInt64Bits((double)answers[i]), BitConverter.DoubleToInt64Bits(number));
        }
        Assert.False(store.TryGet(Key("0"), out string? _));
        Assert.False(store.TryGet(Key("other"), out object? _));
    }

    [Fact]
    public void A_file_cut_anywhere_keeps_what_is_whole_and_goes_on()
    {
        Fill("a", -2.5, new Loglikelihood(-1, true), "d");
        byte[] whole = System.IO.File.ReadAllBytes(File);
        for (int length = 0; length <= whole.Length; length++)
        {
            System.IO.File.WriteAllBytes(File, whole[..length]);
            // A line without its end is whole all the same.
            int expected = Math.Max(0, Encoding.UTF8.GetString(whole[..length]).Split('\n').Count(line => AnswerLine.TryRead(line, out _, out _)));
            using (AnswerStore store = AnswerStore.Open(File))
            {
                Assert.Equal(expected, store.Count);
                store.Add(Key("new"), "added");
            }
            using AnswerStore again = AnswerStore.Open(File);
            Assert.Equal((expected + 1, 0), (again.Count, again.Dropped));
        }
    }

    [Fact]
    public void A_damaged_line_costs_itself_only()
    {
        Fill("a", "b", "c");
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        int second = Array.IndexOf(bytes, (byte)'\n', Array.IndexOf(bytes, (byte)'\n') + 1) + 30;
        bytes[second] ^= 1;
        System.IO.File.WriteAllBytes(File, bytes);
        using AnswerStore store = AnswerStore.Open(File);
        Assert.Equal((2, 1), (store.Count, store.Dropped));
        Assert.False(store.TryGet(Key("1"), out string? _));
    }

    [Fact]
    public void A_file_has_one_user()
    {
        using (AnswerStore.Open(File))
            Assert.Contains("in use", Assert.Throws<InputException>(() => AnswerStore.Open(File)).Problem, StringComparison.Ordinal);
        AnswerStore.Open(File).Dispose();
    }

    [Theory]
    [InlineData("a letter to my aunt\n")]
    [InlineData("a letter to my aunt")]
    [InlineData("\n")]
    public void Other_files_are_left_alone(string text)
    {
        System.IO.File.WriteAllText(File, text);
        Assert.Equal("line 1", Assert.Throws<InputException>(() => AnswerStore.Open(File)).Place);
        Assert.Equal(text, System.IO.File.ReadAllText(File));
        Assert.Throws<InputException>(() => AnswerStore.Open(_folder.Path));
    }

    [Fact]
    public void Any_bytes_are_read_or_refused()
    {
        Fill("a", -2.5, new Loglikelihood(-1, true));
        byte[] sound = System.IO.File.ReadAllBytes(File);
        Gen<byte[]> tail = Gen.OneOf(Gen.Byte.Array[0, 200], Gen.Const("\n"u8.ToArray()), Gen.Const("a b c\n"u8.ToArray()), Gen.Const(sound[30..]));
        Gen.Select(Gen.Int[0, sound.Length], Gen.Byte, tail).Sample((at, value, added) =>
        {
            byte[] bytes = [.. sound[..at], value, .. added, .. sound[at..]];
            System.IO.File.WriteAllBytes(File, bytes);
            try
            {
                using AnswerStore store = AnswerStore.Open(File);
                store.Add(Key("new"), "added");
                Assert.InRange(store.Count, 1, 4);
            }
            catch (InputException)
            {
                Assert.Equal(bytes, System.IO.File.ReadAllBytes(File));
            }
        }, iter: 2000, threads: 1);
    }
}
