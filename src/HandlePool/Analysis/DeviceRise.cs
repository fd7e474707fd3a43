namespace HandlePool.Analysis;

/// <summary>Measures by what factor the counts of a device rose over the last dumps of a series: after a boot, all of them do.</summary>
/// <remarks>The factor is the median of the factors of its pairs, weighted by their first counts, so that what leaks does not move it.</remarks>
internal sealed class DeviceRise
{
    /// <summary>The least factor that is more than the usual variation.</summary>
    private const double Least = 1.25;

    /// <summary>The least count whose factor says something.</summary>
    private const int LeastCount = 5;

    /// <summary>The part of all handles below which leaving some out changes nothing that matters, and would cost O(pairs) for each.</summary>
    private const double SmallShare = 0.1;

    private readonly (HandleUsage Usage, int[] Counts)[] _all;
    private readonly CancellationToken _cancellationToken;
    private readonly Dictionary<int, Window> _windows = [];

    /// <summary>Measures the rise of usages with their counts.</summary>
    internal DeviceRise(IEnumerable<(HandleUsage Usage, int[] Counts)> all, CancellationToken cancellationToken)
    {
        _all = [.. all.WithCancellation(cancellationToken).Where(each => each.Counts.Length > 1)];
        _cancellationToken = cancellationToken;
    }

    /// <summary>Returns a factor; 1 if it is no more than the usual variation.</summary>
    internal static double Considerable(double factor) => factor >= Least ? factor : 1;

    /// <summary>Returns the factor without one usage; 1 if the counts hardly rose.</summary>
    /// <param name="dumps">The number of dumps, 2 or more.</param>
    /// <param name="usage">The usage.</param>
    /// <param name="first">Its first count.</param>
    internal double Without(HandleUsage usage, int first, int dumps) => Over(dumps).Factor(each => each == usage, first);

    /// <summary>Returns the factor without all usages of a holder or of an owner; 1 if the counts hardly rose.</summary>
    internal double WithoutAll(HandleUsageGrouping by, HandleProcess process, int dumps)
    {
        Window window = Over(dumps);
        return by == HandleUsageGrouping.Holder
            ? window.Factor(each => each.Holder == process, window.ByHolder.GetValueOrDefault(process))
            : window.Factor(each => each.Owner == process, window.ByOwner.GetValueOrDefault(process));
    }

    private Window Over(int dumps)
    {
        if (!_windows.TryGetValue(dumps, out Window? window))
            _windows.Add(dumps, window = new Window(_all.WithCancellation(_cancellationToken).Where(each => each.Counts.Length >= dumps && each.Counts[^dumps] > 0
                    && Math.Max(each.Counts[^dumps], each.Counts[^1]) >= LeastCount)
                .Select(each => (each.Usage, each.Counts[^dumps], (double)each.Counts[^1] / each.Counts[^dumps])), _cancellationToken));
        return window;
    }

    /// <summary>Represents the usages that were there in all of the last dumps.</summary>
    private sealed class Window
    {
        private readonly (HandleUsage Usage, int First, double Factor)[] _sorted;
        private readonly long _total;
        private readonly double _factor;

        internal Window(IEnumerable<(HandleUsage Usage, int First, double Factor)> lasting, CancellationToken cancellationToken)
        {
            _sorted = lasting.OrderByDescending(each => each.Factor, cancellationToken).ToArray(cancellationToken);
            foreach ((HandleUsage usage, int first, _) in _sorted.WithCancellation(cancellationToken))
            {
                _total += first;
                if (usage.Holder is { } holder)
                    ByHolder[holder] = ByHolder.GetValueOrDefault(holder) + first;
                if (usage.Owner is { } owner)
                    ByOwner[owner] = ByOwner.GetValueOrDefault(owner) + first;
            }

            _factor = Median(_ => false, _total);
        }

        /// <summary>Gets the first counts of each holder.</summary>
        internal Dictionary<HandleProcess, long> ByHolder { get; } = [];

        /// <summary>Gets the first counts of each owner.</summary>
        internal Dictionary<HandleProcess, long> ByOwner { get; } = [];

        internal double Factor(Predicate<HandleUsage> isLeftOut, long leftOut) =>
            Considerable(leftOut < SmallShare * _total ? _factor : Median(isLeftOut, _total - leftOut));

        private double Median(Predicate<HandleUsage> isLeftOut, long total)
        {
            long sum = 0;
            foreach ((HandleUsage usage, int first, double factor) in _sorted)
            {
                if (isLeftOut(usage))
                    continue;
                sum += first;
                if (2 * sum > total)
                    return factor;
            }

            return 1;
        }
    }
}
