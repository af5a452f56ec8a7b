namespace Castalia.Evaluation;

/// <summary>The assignment problem, by shortest augmenting paths with potentials (Kuhn 1955, Munkres 1957): O(n³).</summary>
internal static class Assignment
{
    /// <summary>Pairs rows with columns, each at most once and as many as can be, so that the scores' sum is greatest.</summary>
    /// <returns>The column of each row; -1 for a row without.</returns>
    public static int[] Greatest(double[,] scores)
    {
        int rows = scores.GetLength(0), columns = scores.GetLength(1), size = Math.Max(rows, columns);
        var rowPotential = new double[size + 1];
        var columnPotential = new double[size + 1];
        var rowOf = new int[size + 1];
        var before = new int[size + 1];
        for (int row = 1; row <= size; row++)
        {
            var slack = new double[size + 1];
            var seen = new bool[size + 1];
            Array.Fill(slack, double.PositiveInfinity);
            rowOf[0] = row;
            int column = 0;
            do
            {
                seen[column] = true;
                int current = rowOf[column], next = 0;
                double least = double.PositiveInfinity;
                for (int j = 1; j <= size; j++)
                {
                    if (seen[j])
                        continue;
                    double reduced = Cost(current - 1, j - 1) - rowPotential[current] - columnPotential[j];
                    if (reduced < slack[j])
                    {
                        slack[j] = reduced;
                        before[j] = column;
                    }
                    if (slack[j] < least)
                    {
                        least = slack[j];
                        next = j;
                    }
                }
                for (int j = 0; j <= size; j++)
                {
                    if (seen[j])
                    {
                        rowPotential[rowOf[j]] += least;
                        columnPotential[j] -= least;
                    }
                    else
                        slack[j] -= least;
                }
                column = next;
            }
            while (rowOf[column] != 0);
            for (; column != 0; column = before[column])
                rowOf[column] = rowOf[before[column]];
        }
        var assigned = new int[rows];
        Array.Fill(assigned, -1);
        for (int j = 1; j <= columns; j++)
        {
            if (rowOf[j] <= rows)
                assigned[rowOf[j] - 1] = j - 1;
        }
        return assigned;

        double Cost(int i, int j) => i < rows && j < columns ? -scores[i, j] : 0;
    }
}
