using System.Buffers.Binary;
using Castalia.Testing;
using CsCheck;

namespace Castalia.Formats.Tests.Megatron;

public sealed class MegatronDatasetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Any_documents_of_any_sequences_come_back_at_any_element_type()
    {
        MegatronDType[] types = [MegatronDType.UInt8, MegatronDType.Int8, MegatronDType.Int16, MegatronDType.Int32, MegatronDType.Int64, MegatronDType.UInt16];
        Gen.Select(Gen.OneOf([.. types.Select(Gen.Const)]), Gen.Int[0, 127].Array[0, 40].Array[0, 4].Array[0, 6]).Sample((type, documents) =>
        {
            using (MegatronDatasetWriter writer = MegatronDatasetWriter.Create(_folder["a"], type))
            {
                foreach (int[][] document in documents)
                {
                    foreach (int[] sequence in document)
                        writer.AddSequence(sequence);
                    writer.EndDocument();
                }
                writer.Commit();
            }
            using MegatronDataset dataset = MegatronDataset.Open(_folder["a"]);
            dataset.Validate(cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(type, dataset.DType);
            Assert.Equal(documents.Length, dataset.DocumentCount);
            int[][] sequences = [.. documents.SelectMany(document => document)];
            Assert.Equal(sequences.Length, dataset.Count);
            Assert.Equal(sequences.Sum(sequence => sequence.Length), dataset.TokenCount);
            int[] lengths = new int[sequences.Length];
            dataset.CopyLengths(0, lengths);
            Assert.Equal(sequences.Select(sequence => sequence.Length), lengths);
            for (int i = 0; i < sequences.Length; i++)
            {
                Assert.Equal(sequences[i], dataset.Tokens(i));
                int middle = sequences[i].Length / 2;
                int[] tail = new int[sequences[i].Length - middle];
                dataset.CopyTokens(i, middle, tail);
                Assert.Equal(sequences[i][middle..], tail);
            }
            long start = 0;
            for (int i = 0; i < documents.Length; i++)
                Assert.Equal((start, start += documents[i].Length), dataset.Document(i));
        }, iter: 200, threads: 1);
    }

    [Fact]
    public void The_largest_tokens_of_each_type_keep_their_values()
    {
        RoundTrip(MegatronDType.UInt16, [0, 65535, 1, 32768]);
        RoundTrip(MegatronDType.Int32, [int.MinValue, -1, int.MaxValue]);
        RoundTrip(MegatronDType.Int64, [int.MinValue, -1, int.MaxValue]);
        using MegatronDatasetWriter writer = MegatronDatasetWriter.Create(_folder["b"], MegatronDType.UInt16);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.AddSequence([1, 65536]));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.AddSequence([-1]));
        Assert.Equal(0, writer.SequenceCount);
        Assert.Throws<ArgumentException>(() => MegatronDatasetWriter.Create(_folder["c"], MegatronDType.Float32));
    }

    [Theory]
    [InlineData(256, MegatronDType.UInt16)]
    [InlineData(65499, MegatronDType.UInt16)]
    [InlineData(65500, MegatronDType.Int32)]
    [InlineData(250_000, MegatronDType.Int32)]
    public void The_vocabulary_decides_the_type(int size, MegatronDType type) => Assert.Equal(type, MegatronDTypes.ForVocabulary(size));

    [Fact]
    public void Nothing_appears_before_the_commit_and_an_old_pair_stands_until_then()
    {
        RoundTrip(MegatronDType.UInt16, [1, 2, 3]);
        using (MegatronDatasetWriter writer = MegatronDatasetWriter.Create(_folder["a"], MegatronDType.Int32))
        {
            writer.AddSequence(new int[200_000]);
            using MegatronDataset old = MegatronDataset.Open(_folder["a"]);
            Assert.Equal([1, 2, 3], old.Tokens(0));
        }
        Assert.Equal([_folder["a.bin"], _folder["a.idx"]], Directory.GetFileSystemEntries(_folder.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Sequences_beyond_four_gigabytes_are_found()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The file is sparse, which Windows needs to be asked for.");
        const int First = int.MaxValue; // tokens of the first sequence: just under 4 GiB
        using (var bin = new FileStream(_folder["big.bin"], FileMode.Create))
        {
            bin.Position = 2L * First;
            bin.Write([7, 0, 8, 0, 9, 0]);
        }
        WriteIndex("big", MegatronDType.UInt16, [First, 3], [0, 2L * First], [0, 1, 2]);
        using MegatronDataset dataset = MegatronDataset.Open(_folder["big"]);
        dataset.Validate(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal([7, 8, 9], dataset.Tokens(1));
        int[] last = new int[2];
        dataset.CopyTokens(0, First - 2, last);
        Assert.Equal([0, 0], last);
        Assert.Equal(First + 3L, dataset.TokenCount);
    }

    [Theory]
    [InlineData(new[] { 3, 2 }, new long[] { 0, 6 }, 9, "sequence 1", "bytes 6 to 10, the file has 9")]
    [InlineData(new[] { 3, 2 }, new long[] { 0, -6 }, 10, "sequence 1", "bytes -6")]
    [InlineData(new[] { 3, 2 }, new long[] { 0, long.MaxValue }, 10, "sequence 1", "the file has 10")]
    [InlineData(new[] { 3, -2 }, new long[] { 0, 6 }, 10, "sequence 1", "length is -2")]
    [InlineData(new[] { 6, 2 }, new long[] { 0, 6 }, 10, "sequence 0", "bytes 0 to 12")]
    public void An_index_that_points_outside_the_tokens_is_refused(int[] sizes, long[] offsets, int binLength, string place, string problem)
    {
        File.WriteAllBytes(_folder["a.bin"], new byte[binLength]);
        WriteIndex("a", MegatronDType.UInt16, sizes, offsets, [0, 1, 2]);
        var error = Assert.Throws<InputException>(() =>
        {
            using MegatronDataset dataset = MegatronDataset.Open(_folder["a"]);
            dataset.Validate(cancellationToken: TestContext.Current.CancellationToken);
        });
        Assert.Equal(place, error.Place);
        Assert.Contains(problem, error.Problem);
    }

    [Fact]
    public void A_document_index_that_runs_backwards_or_past_the_end_is_refused()
    {
        File.WriteAllBytes(_folder["a.bin"], new byte[10]);
        foreach (long[] documents in (long[][])[[0, 3], [2, 1], [-1, 1]])
        {
            WriteIndex("a", MegatronDType.UInt16, [3, 2], [0, 6], documents);
            using MegatronDataset dataset = MegatronDataset.Open(_folder["a"]);
            Assert.Equal("document 0", Assert.Throws<InputException>(() => dataset.Document(0)).Place);
        }
    }

    [Fact]
    public void What_is_no_index_is_refused_with_the_reason()
    {
        RoundTrip(MegatronDType.UInt16, [1, 2, 3]);
        byte[] sound = File.ReadAllBytes(_folder["a.idx"]);
        Assert.Contains("MMIDIDX", Broken(bytes => bytes[0] ^= 1));
        Assert.Contains("older", Broken(bytes => "TNTIDX\0\0"u8.CopyTo(bytes)));
        Assert.Contains("expected version 1, found 2", Broken(bytes => bytes[9] = 2));
        Assert.Contains("found 0", Broken(bytes => bytes[17] = 0));
        Assert.Contains("found 9", Broken(bytes => bytes[17] = 9));
        Assert.Contains("no tokens", Broken(bytes => bytes[17] = 6));
        Assert.Contains("18446744073709551615 sequences", Broken(bytes => bytes.AsSpan(18, 8).Fill(255)));
        Assert.Contains("document entries need", Broken(bytes => bytes[26]++));
        foreach (int length in (int[])[0, 8, 33, sound.Length - 1])
        {
            File.WriteAllBytes(_folder["a.idx"], sound[..length]);
            Assert.Throws<InputException>(() => MegatronDataset.Open(_folder["a"]));
        }
        File.WriteAllBytes(_folder["a.idx"], sound);
        File.Delete(_folder["a.bin"]);
        Assert.Equal(_folder["a.bin"], Assert.Throws<InputException>(() => MegatronDataset.Open(_folder["a"])).File);

        string Broken(Action<byte[]> change)
        {
            byte[] bytes = [.. sound];
            change(bytes);
            File.WriteAllBytes(_folder["a.idx"], bytes);
            return Assert.Throws<InputException>(() => MegatronDataset.Open(_folder["a"])).Problem;
        }
    }

    [Fact]
    public void Tokens_of_64_bits_that_do_not_fit_32_are_refused()
    {
        File.WriteAllBytes(_folder["a.bin"], BitConverter.GetBytes(1L << 40));
        WriteIndex("a", MegatronDType.Int64, [1], [0], [0, 1]);
        using MegatronDataset dataset = MegatronDataset.Open(_folder["a"]);
        Assert.Contains("1099511627776", Assert.Throws<InputException>(() => dataset.Tokens(0)).Problem);
    }

    [Fact]
    public void Pieces_outside_a_sequence_are_the_callers_mistake()
    {
        RoundTrip(MegatronDType.UInt16, [1, 2, 3]);
        MegatronDataset dataset = MegatronDataset.Open(_folder["a"]);
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.Tokens(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.Tokens(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.CopyTokens(0, 2, new int[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.CopyTokens(0, -1, new int[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.CopyLengths(0, new int[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.Document(1));
        dataset.Dispose();
        Assert.Throws<ObjectDisposedException>(() => dataset.Tokens(0));
    }

    private void RoundTrip(MegatronDType type, int[] tokens)
    {
        using (MegatronDatasetWriter writer = MegatronDatasetWriter.Create(_folder["a"], type))
        {
            writer.AddSequence(tokens);
            writer.Commit(); // ends the document
        }
        using MegatronDataset dataset = MegatronDataset.Open(_folder["a"]);
        Assert.Equal(tokens, dataset.Tokens(0));
        Assert.Equal((0L, 1L), dataset.Document(0));
    }

    private void WriteIndex(string name, MegatronDType type, int[] sizes, long[] offsets, long[] documents)
    {
        byte[] bytes = new byte[34 + 12 * sizes.Length + 8 * documents.Length];
        "MMIDIDX\0\0"u8.CopyTo(bytes);
        bytes[9] = 1;
        bytes[17] = (byte)type;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(18), sizes.Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(26), documents.Length);
        int position = 34;
        foreach (int size in sizes)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan((position += 4) - 4), size);
        foreach (long entry in (long[])[.. offsets, .. documents])
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan((position += 8) - 8), entry);
        File.WriteAllBytes(_folder[name + ".idx"], bytes);
    }
}
