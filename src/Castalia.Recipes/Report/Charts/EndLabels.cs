namespace Castalia.Recipes.Report.Charts;

/// <summary>Keeps labels that want to stand at nearly the same height from covering each other.</summary>
internal static class EndLabels
{
    /// <summary>Moves heights apart as little as needed.</summary>
    /// <param name="wishes">Where the labels want to stand.</param>
    /// <param name="distance">The least distance between two.</param>
    /// <param name="top">The least height.</param>
    /// <param name="bottom">The greatest height; given up where there are too many labels.</param>
    /// <returns>Where they stand, in the order of <paramref name="wishes"/>.</returns>
    public static double[] Place(IReadOnlyList<double> wishes, double distance, double top, double bottom)
    {
        int[] order = [.. Enumerable.Range(0, wishes.Count).OrderBy(i => wishes[i]).ThenBy(i => i)];
        double[] places = [.. wishes];
        // Labels that touch form a block that stands as a whole where its members' wishes are on average.
        var blocks = new List<(double Center, int First, int Count)>();
        for (int k = 0; k < order.Length; k++)
        {
            blocks.Add((wishes[order[k]], k, 1));
            while (blocks.Count > 1 && Start(blocks[^1]) - distance < End(blocks[^2]))
            {
                (double centerB, _, int countB) = blocks[^1];
                (double centerA, int first, int countA) = blocks[^2];
                blocks.RemoveRange(blocks.Count - 2, 2);
                blocks.Add(((centerA * countA + centerB * countB) / (countA + countB), first, countA + countB));
            }
        }
        double free = top;
        foreach ((double center, int first, int count) in blocks)
        {
            double start = Math.Max(free, center - (count - 1) * distance / 2);
            for (int i = 0; i < count; i++)
                places[order[first + i]] = start + i * distance;
            free = start + count * distance;
        }
        double limit = bottom;
        for (int k = order.Length - 1; k >= 0 && places[order[k]] > limit; k--)
        {
            places[order[k]] = Math.Max(limit, top);
            limit -= distance;
        }
        return places;

        double Start((double Center, int First, int Count) block) => block.Center - (block.Count - 1) * distance / 2;
        double End((double Center, int First, int Count) block) => block.Center + (block.Count - 1) * distance / 2;
    }
}
