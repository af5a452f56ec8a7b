namespace Castalia.Evaluation.Tests.Golden;

/// <summary>Whole runs must equal the reference's: every prompt, every answer after every filter, every value, every standard error.</summary>
public sealed class GoldenRunTests
{
    public static TheoryData<string, string> Runs
    {
        get
        {
            var runs = new TheoryData<string, string>();
            foreach (GoldenFiles files in GoldenFiles.All)
            {
                foreach (string run in files.Runs)
                    runs.Add(files.Name, run);
            }
            return runs;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Equals_the_reference(string files, string run)
    {
        var comparison = GoldenComparison.Of(GoldenFiles.All.Single(all => all.Name == files), run);
        Assert.True(comparison.Differences.Count == 0, string.Join('\n', comparison.Differences));
    }
}
