using Castalia.Testing;

namespace Castalia.Formats.Tests.Megatron;

/// <summary>A dataset that GPT-NeoX's own reader reads back: 7 sequences of 5, 3, 9, 1, 7, 12 and 4 tokens, counted up from 100.</summary>
public sealed class MegatronGoldenTests
{
    private static readonly int[] Lengths = [5, 3, 9, 1, 7, 12, 4];

    [Fact]
    public void The_tokens_are_those_that_were_packed()
    {
        using MegatronDataset dataset = MegatronDataset.Open(Fixtures.Path("megatron", "tiny"));
        Assert.Equal((MegatronDType.UInt16, 7L, 7L, 41L), (dataset.DType, dataset.Count, dataset.DocumentCount, dataset.TokenCount));
        dataset.Validate(cancellationToken: TestContext.Current.CancellationToken);
        int next = 100;
        for (int sequence = 0; sequence < Lengths.Length; sequence++)
        {
            Assert.Equal(Enumerable.Range(next, Lengths[sequence]), dataset.Tokens(sequence));
            Assert.Equal((sequence, sequence + 1L), dataset.Document(sequence));
            next += Lengths[sequence];
        }
    }

    [Fact]
    public void Packing_the_same_tokens_gives_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        using (MegatronDatasetWriter writer = MegatronDatasetWriter.Create(folder["again"], MegatronDTypes.ForVocabulary(256)))
        {
            int next = 100;
            foreach (int length in Lengths)
            {
                writer.AddSequence([.. Enumerable.Range(next, length)]);
                writer.EndDocument();
                next += length;
            }
            Assert.Equal((7L, 7L, 41L), (writer.SequenceCount, writer.DocumentCount, writer.TokenCount));
            writer.Commit();
        }
        foreach (string suffix in (string[])[".bin", ".idx"])
            Assert.Equal(File.ReadAllBytes(Fixtures.Path("megatron", "tiny" + suffix)), File.ReadAllBytes(folder["again" + suffix]));
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Path).Length);
    }
}
