using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HandlePool.Pools;
using HandlePool.Tables;

namespace HandlePool.Tests.Experiments;

/// <summary>Changes the structures of a process as no operation would, like a stray write to memory.</summary>
internal sealed class Damage(HandleProcess process)
{
    private readonly IdPool _pool = ((TablePool)Field(process.Table, "_pool").GetValue(process.Table)!).Ids;
    private readonly ReferenceMap _map = (ReferenceMap)Field(process.Table, "_map").GetValue(process.Table)!;

    /// <summary>Flips a bit of the bitmap, and nothing else.</summary>
    internal void FlipBit(int id)
    {
        object copy = Bitmap();
        if (copy is SegmentedBitmap && (id < 64 || id >> 6 == (int)Field(copy, "_currentStart").GetValue(copy)! >> 6))
        {
            FieldInfo word = Field(copy, id < 64 ? "_first" : "_current");
            word.SetValue(copy, (ulong)word.GetValue(copy)! ^ (1UL << id));
            Field(_pool, "_map").SetValue(_pool, copy);
            return;
        }

        ReadOnlySpan<ulong> words = copy switch
        {
            SegmentedBitmap bitmap => bitmap.WordsFrom(id >> 6),
            HierarchicalBitmap bitmap => bitmap.WordsFrom(id >> 6),
            object bitmap => ((FlatBitmap)bitmap).WordsFrom(id >> 6),
        };
        MemoryMarshal.GetReference(words) ^= 1UL << id;
    }

    /// <summary>Inverts a word of a summary. Even words mark what is full, odd ones what is not empty.</summary>
    internal void InvertSummary(int level, int index)
    {
        ulong[][] summaries = (ulong[][])Field(Bitmap(), "_summaries").GetValue(Bitmap())!;
        summaries[level][index] = ~summaries[level][index];
    }

    internal static int SummaryWords(int level, int capacity) => 2 * Math.Max(1, capacity >> (6 * (level + 2)));

    internal void CountIds(int count) => Field(_pool, "<InUse>k__BackingField").SetValue(_pool, count);

    /// <summary>Replaces the bitmap by a smaller one.</summary>
    internal void CutTo(int capacity)
    {
        FieldInfo field = Field(_pool, "_map");
        ulong[] words = _pool.Words[..(capacity >> 6)].ToArray();
        Field(_pool, "<BitmapCapacity>k__BackingField").SetValue(_pool, capacity);
        if (field.FieldType == typeof(FlatBitmap))
        {
            FlatBitmap bitmap = FlatBitmap.Create(capacity);
            Fill(ref bitmap);
            field.SetValue(_pool, bitmap);
        }
        else if (field.FieldType == typeof(SegmentedBitmap))
        {
            SegmentedBitmap bitmap = SegmentedBitmap.Create(capacity);
            Fill(ref bitmap);
            field.SetValue(_pool, bitmap);
        }
        else
        {
            HierarchicalBitmap bitmap = HierarchicalBitmap.Create(capacity);
            Fill(ref bitmap);
            field.SetValue(_pool, bitmap);
        }

        void Fill<T>(ref T bitmap)
            where T : struct, IIdBitmap<T>
        {
            foreach (int id in Observed.SetBits(words))
                bitmap.TrySet(id);
        }
    }

    /// <summary>Changes a node of the augmented tree: the root, or one of its children.</summary>
    internal void ChangeTree(string field, object? value)
    {
        object root = Field(_pool, "_root").GetValue(_pool)!;
        Field(root, field).SetValue(root, value is Func<object, object?> from ? from(root) : value);
    }

    internal static object? Child(object node, string side) => Field(node, side).GetValue(node);

    internal void ForgetId(int id) => ((SortedSet<int>)Field(_pool, "_ids").GetValue(_pool)!).Remove(id);

    internal void AddId(int id) => ((SortedSet<int>)Field(_pool, "_ids").GetValue(_pool)!).Add(id);

    internal void CountReferences(int count) => Field(_map, "<Count>k__BackingField").SetValue(_map, count);

    internal void CountPage(int page, int live) => Pages()[page]!.Live = live;

    internal ref ReferenceMap.Slot Slot(int handle) => ref Pages()[handle >> 6]![handle];

    internal ref ReferenceMap.ChainLink Link(int index) => ref _map.LinkAt(index);

    /// <summary>Returns the first buckets with references. They differ from run to run, as hashes do.</summary>
    internal int[] Buckets(int count) => [.. Enumerable.Range(0, Pages().Length << 6).Where(bucket => Link(bucket).Head != 0).Take(count)];

    internal void LosePage(int page) => Pages()[page] = null;

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_holders")]
    internal static extern ref int Holders(TableNode node);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_strong")]
    internal static extern ref long Strong(TableNode node);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_weak")]
    internal static extern ref long Weak(TableNode node);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_pages")]
    private static extern ref ReferenceMap.Page?[] PagesOf(ReferenceMap map);

    private ReferenceMap.Page?[] Pages() => PagesOf(_map);

    private object Bitmap() => Field(_pool, "_map").GetValue(_pool)!;

    private static FieldInfo Field(object target, string name)
    {
        for (Type? type = target.GetType(); type is not null; type = type.BaseType)
        {
            if (type.GetField(name, BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly) is { } field)
                return field;
        }

        throw new MissingFieldException(target.GetType().Name, name);
    }
}
