using System.Runtime.InteropServices;

namespace HandlePool;

/// <summary>Finds items by a key that several may have. Adding and removing is O(1), whatever the order. Not thread-safe.</summary>
/// <param name="comparer">Compares keys; null for their own comparison.</param>
internal sealed class ItemIndex<TKey, TItem>(IEqualityComparer<TKey>? comparer = null)
    where TKey : notnull
    where TItem : class
{
    // The only item of a key, as is usual, or a set of them.
    private readonly Dictionary<TKey, object> _items = new(comparer);

    /// <summary>Returns the items of a key, in no order.</summary>
    internal IReadOnlyCollection<TItem> Find(TKey key) => _items.GetValueOrDefault(key) switch
    {
        null => [],
        TItem only => [only],
        object several => (HashSet<TItem>)several,
    };

    internal void Add(TKey key, TItem item)
    {
        ref object? entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_items, key, out _);
        switch (entry)
        {
            case null:
                entry = item;
                break;
            case TItem only:
                entry = new HashSet<TItem> { only, item };
                break;
            default:
                ((HashSet<TItem>)entry).Add(item);
                break;
        }
    }

    internal void Remove(TKey key, TItem item)
    {
        if (_items[key] is not HashSet<TItem> several)
            _items.Remove(key);
        else if (several.Remove(item) && several.Count == 0)
            _items.Remove(key);
    }
}
