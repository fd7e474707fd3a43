namespace HandlePool.Pools;

/// <summary>Keeps used IDs as the keys of a balanced tree whose nodes keep the size of their subtree.</summary>
/// <remarks>
/// <para>Finds the first gap in O(log n): if a key is as far above the start as there are keys between them, the gap is to
/// its right; otherwise it is to its left. The driver's authors considered this and rejected it for its memory.</para>
/// <para>The sizes also balance the tree: no subtree is more than three times as large as its sibling (Adams's
/// weight-balanced trees with Hirai and Yamamoto's parameters 3 and 2).</para>
/// </remarks>
internal sealed class AugmentedTreeIdPool : TreeIdPool
{
    private const int Delta = 3;
    private const int Gamma = 2;

    private Node? _root;

    internal AugmentedTreeIdPool(int maxCapacity, DriverRules rules)
        : base(HandleAllocator.AugmentedTree, maxCapacity, rules)
    {
    }

    // A node has a header, a method table, two children, the key and the size.
    public override long Bytes => InUse * 40L;

    public override bool IsUsed(int id)
    {
        Node? node = _root;
        while (node is not null && node.Id != id)
            node = id < node.Id ? node.Left : node.Right;
        return node is not null;
    }

    private protected override void CopyStructure() => _root = Copy(_root);

    private protected override int FindUnused(int start)
    {
        // Numbers of keys: below the start, and below the current node.
        int belowStart = CountBelow(start);
        int below = 0;
        Node? node = _root;
        while (node is not null)
        {
            int rank = below + Size(node.Left);
            if (node.Id < start || node.Id - start == rank - belowStart)
            {
                below = rank + 1;
                node = node.Right;
            }
            else
            {
                node = node.Left;
            }
        }

        int gap = start + below - belowStart;
        return gap < Limit ? gap : -1;
    }

    private protected override int FindLast()
    {
        if (_root is null)
            return -1;
        Node node = _root;
        while (node.Right is { } right)
            node = right;
        return node.Id;
    }

    private protected override bool TrySet(int id)
    {
        if (id >= Limit || IsUsed(id))
            return false;
        _root = Insert(_root, id);
        return true;
    }

    private protected override bool TryClear(int id)
    {
        if (!IsUsed(id))
            return false;
        _root = Remove(_root!, id);
        return true;
    }

    private protected override bool IsReadable => Damage(_root, -1, int.MaxValue) is null;

    private protected override void FindStructureMismatches(List<PoolMismatch> found)
    {
        if (Damage(_root, -1, int.MaxValue) is var (id, expected, damage))
            found.Add(new PoolMismatch(HandleMismatchKind.Tree, $"pool, tree at ID {id}", expected, damage, id));
    }

    private protected override void Restore(List<int> held, int capacity)
    {
        Node? root = null;
        foreach (int id in held)
            root = Insert(root, id);
        _root = root;
    }

    private protected override void CopyTo(ulong[] words)
    {
        Copy(_root);

        void Copy(Node? node)
        {
            if (node is null)
                return;
            Copy(node.Left);
            words[node.Id >> 6] |= 1UL << node.Id;
            Copy(node.Right);
        }
    }

    /// <summary>Returns the first fault in a subtree whose IDs should all be between two; null if there is none.</summary>
    /// <remarks>Sizes are checked before children are visited, so that the recursion ends even if the tree has become a ring.</remarks>
    private static (int Id, string Expected, string Found)? Damage(Node? node, int above, int below)
    {
        if (node is null)
            return null;
        if (node.Id <= above || node.Id >= below)
            return (node.Id, $"an ID from {above + 1} to {below - 1}", $"{node.Id}");
        int size = Size(node.Left) + Size(node.Right) + 1;
        if (node.Size != size)
            return (node.Id, $"size {size}", $"size {node.Size}");
        if (Weight(node.Right) > Delta * Weight(node.Left) || Weight(node.Left) > Delta * Weight(node.Right))
            return (node.Id, $"neither side more than {Delta} times the other", $"{Size(node.Left)} and {Size(node.Right)}");
        return Damage(node.Left, above, node.Id) ?? Damage(node.Right, node.Id, below);
    }

    private int CountBelow(int start)
    {
        int below = 0;
        Node? node = _root;
        while (node is not null)
        {
            if (node.Id < start)
            {
                below += Size(node.Left) + 1;
                node = node.Right;
            }
            else
            {
                node = node.Left;
            }
        }

        return below;
    }

    private static int Size(Node? node) => node?.Size ?? 0;

    /// <summary>Returns the size of a subtree plus one, so that an empty one has a weight too.</summary>
    private static int Weight(Node? node) => Size(node) + 1;

    private static Node Insert(Node? node, int id)
    {
        if (node is null)
            return new Node(id);
        if (id < node.Id)
            node.Left = Insert(node.Left, id);
        else
            node.Right = Insert(node.Right, id);
        return Balance(node);
    }

    private static Node? Remove(Node node, int id)
    {
        if (id < node.Id)
        {
            node.Left = Remove(node.Left!, id);
        }
        else if (id > node.Id)
        {
            node.Right = Remove(node.Right!, id);
        }
        else if (node.Left is null || node.Right is null)
        {
            return node.Left ?? node.Right;
        }
        else
        {
            Node next = node.Right;
            while (next.Left is { } left)
                next = left;
            next.Right = Remove(node.Right, next.Id);
            next.Left = node.Left;
            node = next;
        }

        return Balance(node);
    }

    private static Node Balance(Node node)
    {
        if (Weight(node.Right) > Delta * Weight(node.Left))
        {
            Node right = node.Right!;
            if (Weight(right.Left) >= Gamma * Weight(right.Right))
                node.Right = RotateRight(right);
            return RotateLeft(node);
        }

        if (Weight(node.Left) > Delta * Weight(node.Right))
        {
            Node left = node.Left!;
            if (Weight(left.Right) >= Gamma * Weight(left.Left))
                node.Left = RotateLeft(left);
            return RotateRight(node);
        }

        node.Resize();
        return node;
    }

    private static Node RotateLeft(Node node)
    {
        Node top = node.Right!;
        node.Right = top.Left;
        top.Left = node;
        node.Resize();
        top.Resize();
        return top;
    }

    private static Node RotateRight(Node node)
    {
        Node top = node.Left!;
        node.Left = top.Right;
        top.Right = node;
        node.Resize();
        top.Resize();
        return top;
    }

    private static Node? Copy(Node? node)
    {
        if (node is null)
            return null;
        Node copy = node.Copy();
        copy.Left = Copy(node.Left);
        copy.Right = Copy(node.Right);
        return copy;
    }

    private sealed class Node(int id)
    {
        internal Node? Left;
        internal Node? Right;

        internal int Id { get; } = id;

        internal int Size { get; private set; } = 1;

        /// <summary>Returns a copy that shares the children, with the size as it is.</summary>
        internal Node Copy() => (Node)MemberwiseClone();

        internal void Resize() => Size = AugmentedTreeIdPool.Size(Left) + AugmentedTreeIdPool.Size(Right) + 1;
    }
}
