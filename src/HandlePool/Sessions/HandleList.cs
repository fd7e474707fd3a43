using System.Collections.ObjectModel;

namespace HandlePool;

/// <summary>A list that is written as its items where text is wanted, as in a CSV file.</summary>
public sealed class HandleList<T> : ReadOnlyCollection<T>
{
    internal HandleList(IList<T> items)
        : base(items)
    {
    }

    /// <summary>The items with commas between them.</summary>
    public override string ToString() => string.Join(", ", this);
}
