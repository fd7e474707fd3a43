namespace HandlePool;

/// <summary>Makes enumerations and sorts of many items cancelable.</summary>
internal static class Cancellation
{
    /// <summary>Enumerates items until the token is canceled.</summary>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    internal static IEnumerable<T> WithCancellation<T>(this IEnumerable<T> items, CancellationToken cancellationToken)
    {
        foreach (T item in items)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return item;
        }
    }

    /// <summary>Sorts items by a number, the highest first. Sorting by more keys is cancelable, too, as each comparison begins with this one.</summary>
    internal static IOrderedEnumerable<T> OrderByDescending<T>(this IEnumerable<T> items, Func<T, double> key, CancellationToken cancellationToken) =>
        items.WithCancellation(cancellationToken).OrderByDescending(key, Comparer<double>.Create((one, other) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return one.CompareTo(other);
        }));

    /// <summary>Returns items that are sorted by <see cref="OrderByDescending"/>.</summary>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    internal static T[] ToArray<T>(this IOrderedEnumerable<T> items, CancellationToken cancellationToken)
    {
        try
        {
            return items.ToArray();
        }
        catch (InvalidOperationException exception) when (exception.InnerException is OperationCanceledException)
        {
            // Sorting wraps what a comparer throws.
            throw new OperationCanceledException(cancellationToken);
        }
    }
}
