using System.Text.Json;
using Castalia.Testing;

namespace Castalia.Data.Tests;

/// <summary>One order computed by GPT-NeoX's code.</summary>
public sealed record NeoxOrderCase(
    int[] Sizes, int SeqLength, long NumSamples, uint Seed, int NumEpochs, int[] DocIdx, long[][] SampleIdx, long[] ShuffleIdx)
{
    private static readonly JsonSerializerOptions Format = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static IReadOnlyList<NeoxOrderCase> All { get; } =
        JsonSerializer.Deserialize<NeoxOrderCase[]>(File.ReadAllText(Fixtures.Path("data", "order", "neox_order.json")), Format)!;

    public SampleOrderOptions Options => new() { SequenceLength = SeqLength, Samples = NumSamples, Seed = Seed };
}
