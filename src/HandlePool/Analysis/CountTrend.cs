namespace HandlePool.Analysis;

/// <summary>Describes the course of the counts of a series.</summary>
internal readonly record struct CountTrend
{
    /// <summary>The part of the growth in one step from which on it is as good as in two dumps.</summary>
    private const double MostOfGrowth = 0.8;

    /// <summary>The part of the mean step below which a step is none: counts always vary a little.</summary>
    private const double LeastOfMean = 0.1;

    /// <summary>The part of the first count by which a count that falls is less in the end.</summary>
    private const double LeastFall = 0.1;

    /// <summary>Describes counts, of which there is one at least.</summary>
    internal CountTrend(IReadOnlyList<int> counts)
    {
        Steps = counts.Count - 1;
        int growth = counts[^1] - counts[0];
        Falls = -growth > LeastFall * counts[0];
        int largest = 0;
        for (int i = 1; i < counts.Count; i++)
        {
            int step = counts[i] - counts[i - 1];
            if (step > 0 && step >= LeastOfMean * growth / Steps)
                Rising++;
            if (step > counts[largest + 1] - counts[largest])
                largest = i - 1;
        }

        IsJump = Steps == 1 || (Steps > 0 && counts[largest + 1] - counts[largest] >= MostOfGrowth * growth);
        IsSteady = 2 * Rising >= Steps;
        OnlyStep = growth > 0 && IsJump && Steps > 1 && (Rising == 1 || !IsSteady) ? largest : null;
    }

    /// <summary>Gets the number of steps from one count to the next.</summary>
    internal int Steps { get; }

    /// <summary>Gets the number of steps in which it rose by more than it varies.</summary>
    internal int Rising { get; }

    /// <summary>Gets whether it rose in half of the steps or more.</summary>
    internal bool IsSteady { get; }

    /// <summary>Gets whether most of the growth came in one step.</summary>
    internal bool IsJump { get; }

    /// <summary>Gets the index of the only step of three counts or more; null if it rose in others as well.</summary>
    internal int? OnlyStep { get; }

    /// <summary>Gets whether it is considerably less in the end.</summary>
    internal bool Falls { get; }
}
