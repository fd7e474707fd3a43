using System.Collections.ObjectModel;

namespace HandlePool;

/// <summary>Represents a read-only list whose text is its items, as a CSV file needs it.</summary>
public sealed class HandleList<T> : ReadOnlyCollection<T>
{
    internal HandleList(IList<T> items)
        : base(items)
    {
    }

    /// <summary>Returns the items, separated by commas.</summary>
    public override string ToString() => string.Join(", ", this);
}
