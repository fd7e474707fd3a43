namespace HandlePool.Tests.Experiments;

/// <summary>Tests that every kind of damage to pools, tables and nodes is located, and repaired without losing a reference.</summary>
public class RepairTests
{
    // More than 64 * 64 handles, so that there is a second level of summaries.
    private const int Held = 4_300;

    private static readonly HandleAllocator[] Bitmaps = [HandleAllocator.SegmentedBitmap, HandleAllocator.HierarchicalBitmap, HandleAllocator.Bitmap, HandleAllocator.DBitmap];

    private static readonly (string Name, HandleAllocator[] Allocators, HandleMismatchKind Kind, Action<World, Damage> Do)[] Kinds =
    [
        ("the bit of a held handle is clear", Bitmaps, HandleMismatchKind.BitClear, (_, damage) => damage.FlipBit(77)),
        ("the bit of the highest handle is clear", Bitmaps, HandleMismatchKind.BitClear, (_, damage) => damage.FlipBit(Held - 1)),
        ("the bit of handle 0 is clear", Bitmaps, HandleMismatchKind.BitClear, (_, damage) => damage.FlipBit(0)),
        ("the bit of an unused handle is set", Bitmaps, HandleMismatchKind.BitSet, (_, damage) => damage.FlipBit(Held + 500)),
        ("the last bit is set", Bitmaps, HandleMismatchKind.BitSet, (_, damage) => damage.FlipBit(8_191)),
        ("all bits of a word are clear", Bitmaps, HandleMismatchKind.BitClear, (_, damage) => Each(128, 64, damage.FlipBit)),
        ("used IDs are counted wrong", [.. Enum.GetValues<HandleAllocator>()], HandleMismatchKind.InUse, (_, damage) => damage.CountIds(17)),
        ("used IDs are counted as none", [.. Enum.GetValues<HandleAllocator>()], HandleMismatchKind.InUse, (_, damage) => damage.CountIds(0)),
        ("the bitmap is too small", Bitmaps, HandleMismatchKind.Capacity, (_, damage) => damage.CutTo(4_096)),
        ("the tree has lost an ID", [HandleAllocator.TreeScan], HandleMismatchKind.BitClear, (_, damage) => damage.ForgetId(9)),
        ("the tree has an ID too many", [HandleAllocator.TreeScan], HandleMismatchKind.BitSet, (_, damage) => damage.AddId(Held + 70)),
        ("a size in the tree is wrong", [HandleAllocator.AugmentedTree], HandleMismatchKind.Tree, (_, damage) => damage.ChangeTree("<Size>k__BackingField", 5)),
        ("the tree has lost a side", [HandleAllocator.AugmentedTree], HandleMismatchKind.Tree, (_, damage) => damage.ChangeTree("Left", null)),
        ("the tree is a ring", [HandleAllocator.AugmentedTree], HandleMismatchKind.Tree, (_, damage) => damage.ChangeTree("Right", (Func<object, object?>)(root => root))),
        ("the sides of the tree are exchanged", [HandleAllocator.AugmentedTree], HandleMismatchKind.Tree,
            (_, damage) => damage.ChangeTree("Left", (Func<object, object?>)(root => Damage.Child(root, "Right")))),
        ("references are counted wrong", [.. Enum.GetValues<HandleAllocator>()], HandleMismatchKind.TableCount, (_, damage) => damage.CountReferences(Held + 1)),
        ("a page counts its references wrong", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.TableCount, (_, damage) => damage.CountPage(3, 0)),
        ("a chain is cut", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.NodeIndex, (_, damage) => damage.Link(damage.Buckets(1)[0]).Head = 0),
        ("a chain is a ring", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.NodeIndex, (_, damage) => damage.Link(100).Next = 101),
        ("a chain leads to an unused handle", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.NodeIndex, (_, damage) => damage.Link(damage.Buckets(1)[0]).Head = Held + 20),
        ("a chain leads out of the table", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.NodeIndex, (_, damage) => damage.Link(damage.Buckets(1)[0]).Head = 1_000_000),
        ("a chain begins where there is no bucket", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.NodeIndex, (_, damage) => damage.Link(Held + 5).Head = 101),
        ("a chain leads into another bucket's", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.NodeIndex,
            (_, damage) => (damage.Link(damage.Buckets(1)[0]).Head, damage.Link(damage.Buckets(2)[1]).Head) = (damage.Link(damage.Buckets(2)[1]).Head, damage.Link(damage.Buckets(1)[0]).Head)),
        ("a hash is wrong", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.NodeIndex, (_, damage) => damage.Link(100).Hash ^= 0x100000),
        ("two references are to one node", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.NodeIndex, (_, damage) => damage.Slot(100).Node = damage.Slot(200).Node),
        ("a strong count is negative", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.ReferenceCount, (_, damage) => damage.Slot(100).Strong = -5),
        ("a weak count is negative", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.ReferenceCount, (_, damage) => damage.Slot(100).Weak = int.MinValue),
        ("both counts are negative", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.ReferenceCount,
            (_, damage) => (damage.Slot(100).Strong, damage.Slot(100).Weak) = (-1, -1)),
        ("a node has too many holders", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.NodeCount, (world, _) => Damage.Holders(NodeAt(world, 5))++),
        ("a node has too few holders", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.NodeCount, (world, _) => Damage.Holders(NodeAt(world, 5)) = 0),
        ("a held node is taken for gone", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.NodeCount, (world, _) => Damage.Holders(NodeAt(world, 5)) = -1),
        ("a node's strong counts are wrong", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.NodeCount, (world, _) => Damage.Strong(NodeAt(world, 5)) = -9),
        ("a node's weak counts are wrong", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.NodeCount, (world, _) => Damage.Weak(NodeAt(world, 5)) = 1L << 40),
        ("a node that nobody holds has counts", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.NodeCount,
            (world, _) => Damage.Strong(world.Session.GetNodes()[^1]) = 3),
        ("a held node is not in the session", [HandleAllocator.HierarchicalBitmap], HandleMismatchKind.NodeMissing, (world, _) => world.Session.Forget(NodeAt(world, 5))),
    ];

    public static TheoryData<string, HandleAllocator> Cases()
    {
        TheoryData<string, HandleAllocator> cases = [];
        foreach ((string name, HandleAllocator[] allocators, HandleMismatchKind _, Action<World, Damage> _) in Kinds)
        {
            foreach (HandleAllocator allocator in allocators)
                cases.Add(name, allocator);
        }

        return cases;
    }

    public static TheoryData<int, int> SummaryWords()
    {
        TheoryData<int, int> words = [];
        for (int level = 0; level < 2; level++)
        {
            for (int index = 0; index < Damage.SummaryWords(level, 8_192); index++)
                words.Add(level, index);
        }

        return words;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Damage_is_found_and_repaired(string name, HandleAllocator allocator)
    {
        World world = Build(allocator);
        (string _, HandleAllocator[] _, HandleMismatchKind kind, Action<World, Damage> damage) = Kinds.Single(each => each.Name == name);
        damage(world, new Damage(world.Client));
        AssertFoundAndRepaired(world, kind);
    }

    [Theory]
    [MemberData(nameof(SummaryWords))]
    public void A_damaged_summary_is_found_and_repaired(int level, int index)
    {
        World world = Build(HandleAllocator.HierarchicalBitmap);
        new Damage(world.Client).InvertSummary(level, index);
        AssertFoundAndRepaired(world, HandleMismatchKind.Summary);
    }

    [Theory]
    [MemberData(nameof(SummaryWords))]
    public void Running_into_a_damaged_summary_loses_nothing(int level, int index)
    {
        World world = Build(HandleAllocator.HierarchicalBitmap);
        HandleNode dead = world.NewNode();
        world.Client.AddReference(dead);
        world.Session.RemoveNode(dead);
        new Damage(world.Client).InvertSummary(level, index);

        Assert.Equal(Held + 1, world.Client.GetPool().InUse);
        Assert.Equal(Held + 1, world.Client.GetBitmap().CountSet(0, 8_192));
        world.Client.DropReference(Held);
        Assert.DoesNotContain(dead, world.Session.GetNodes());
        HandleNode node = world.NewNode();
        if (Record.Exception(() => world.Client.AddReference(node)) is { } exception)
            Assert.Equal(HandleErrorIds.PoolCorrupted, Assert.IsType<HandleException>(exception).ErrorId);
        Assert.True(world.Client.AddReference(node).Handle >= Held);
        Assert.Equal(8_192, world.Client.Capacity);

        world.Session.Repair(world.Session.FindMismatches());
        Assert.Empty(world.Session.FindMismatches());
        Assert.Equal(Held + 1, world.Client.HandleCount);
    }

    [Fact]
    public void A_sound_session_has_no_mismatch_and_repair_changes_nothing()
    {
        foreach (HandleAllocator allocator in Enum.GetValues<HandleAllocator>())
        {
            World world = Build(allocator);
            string before = Observed.State(world.Session);
            Assert.Empty(world.Session.FindMismatches());
            Assert.Empty(world.Session.Repair([]));
            Assert.Equal(before, Observed.State(world.Session));
        }
    }

    [Theory]
    [InlineData(HandleAllocator.DBitmap)]
    [InlineData(HandleAllocator.HierarchicalBitmap)]
    public void The_reserved_bit_is_checked_and_repaired_as_well(HandleAllocator allocator)
    {
        World world = World.Holding(100, new HandleSessionOptions { Driver = HandleDriver.C611rc1, Allocator = allocator });
        new Damage(world.Client).FlipBit(0);
        AssertFoundAndRepaired(world, HandleMismatchKind.ReservedBit, held: 100);
    }

    [Fact]
    public void A_disabled_bitmap_is_checked_and_repaired_too()
    {
        World world = new(new HandleSessionOptions { Driver = HandleDriver.C });
        world.Session.FailAllocations();
        world.Hold(100);
        Assert.True(world.Client.GetPool().IsDisabled);
        Assert.Empty(world.Session.FindMismatches());

        new Damage(world.Client).ForgetId(9);
        AssertFoundAndRepaired(world, HandleMismatchKind.BitClear, held: 100);
    }

    [Fact]
    public void References_lost_with_their_page_stay_lost_and_free_their_handles()
    {
        World world = Build(HandleAllocator.HierarchicalBitmap);
        new Damage(world.Client).LosePage(3);
        world.Session.Repair(world.Session.FindMismatches());
        Assert.Empty(world.Session.FindMismatches());
        Assert.Equal((Held - 64, 192), (world.Client.HandleCount, world.Client.GetPool().LowestFree));
        Assert.Equal(64, world.Session.GetNodes().Count(node => node.Owner == world.Server && node.TableCount == 0) - 1);
    }

    [Fact]
    public void A_reference_without_counts_from_recorded_data_is_no_mismatch()
    {
        HandleSessionBuilder builder = new();
        HandleProcess process = builder.AddProcess(1, "binder", null);
        builder.TryAddReference(process, 5, 7, 0, 0, out HandleNode? _, out bool _, out HandleReference? _);
        HandleSession session = builder.Build("Recorded");
        Assert.Empty(session.FindMismatches());

        new Damage(process).FlipBit(5);
        session.Repair(session.FindMismatches());
        Assert.Equal((0, 0), process.GetReference(5L) is { } reference ? (reference.Strong, reference.Weak) : default);
        Assert.Empty(session.FindMismatches());
    }

    [Fact]
    public void Several_kinds_of_damage_are_repaired_together()
    {
        World world = Build(HandleAllocator.HierarchicalBitmap);
        Damage damage = new(world.Client);
        damage.FlipBit(77);
        damage.InvertSummary(0, 1);
        damage.CountIds(3);
        damage.CountReferences(2);
        damage.Slot(100).Strong = -5;
        damage.Link(200).Next = 201;
        Damage.Holders(NodeAt(world, 5)) = -1;
        AssertFoundAndRepaired(world, HandleMismatchKind.BitClear);
    }

    [Fact]
    public void Only_the_requested_processes_are_checked()
    {
        World world = Build(HandleAllocator.HierarchicalBitmap);
        new Damage(world.Client).FlipBit(77);
        Assert.Empty(world.Session.FindMismatches([world.Server, world.Manager]));
        HandleMismatch mismatch = world.Session.FindMismatches([world.Client]).Single(each => each.Kind == HandleMismatchKind.BitClear);
        Assert.Equal((HandleMismatchKind.BitClear, world.Client, 77, "used", "unused"),
            (mismatch.Kind, mismatch.Process, mismatch.Handle, mismatch.Expected, mismatch.Found));
    }

    [Fact]
    public void Repairs_are_recorded_as_events()
    {
        World world = Build(HandleAllocator.HierarchicalBitmap);
        world.Session.FlipBit(world.Client, 5_000);
        world.Session.Repair(world.Session.FindMismatches());
        HandleEvent repaired = Assert.Single(world.Events(HandleEventKind.Repaired));
        Assert.Equal((world.Client, "1 mismatch was repaired."), (repaired.Process, repaired.Message));
    }

    [Fact]
    public void A_mismatch_that_no_longer_exists_is_not_repaired_again()
    {
        World world = Build(HandleAllocator.HierarchicalBitmap);
        new Damage(world.Client).FlipBit(77);
        HandleList<HandleMismatch> found = world.Session.FindMismatches();
        Assert.NotEmpty(world.Session.Repair(found));
        Assert.Empty(world.Session.Repair(found));
    }

    [Fact]
    public void Repairing_a_wrong_count_frees_the_dead_node_it_kept()
    {
        World world = new();
        HandleNode node = world.NewNode();
        Damage.Holders(node) = 1;
        world.Session.RemoveNode(node);
        Assert.Contains(node, world.Session.GetNodes());
        world.Session.Repair(world.Session.FindMismatches());
        Assert.DoesNotContain(node, world.Session.GetNodes());
    }

    [Fact]
    public void A_mismatch_of_another_session_is_refused()
    {
        World one = Build(HandleAllocator.HierarchicalBitmap), other = new();
        one.Session.FlipBit(one.Client, 5_000);
        Assert.Throws<ArgumentException>(() => other.Session.Repair(one.Session.FindMismatches()));
        Refused.With(HandleErrorIds.ProcessNotFound, Errno.ENOENT, () => other.Session.FindMismatches([one.Client]));
    }

    /// <summary>Returns a world whose client holds handles 0 to <see cref="Held"/> - 1 in a pool of 8,192, some with weak counts.</summary>
    private static World Build(HandleAllocator allocator)
    {
        World world = World.Holding(Held, new HandleSessionOptions { Allocator = allocator });
        world.Client.AddReference(7, 0, 2);
        world.NewNode();
        return world;
    }

    private static void AssertFoundAndRepaired(World world, HandleMismatchKind kind, int held = Held)
    {
        HandleList<HandleMismatch> found = world.Session.FindMismatches();
        Assert.Contains(found, mismatch => mismatch.Kind == kind);
        Assert.All(found, mismatch => Assert.True(mismatch.Process == world.Client || mismatch is { Process: null, Node: not null }, mismatch.ToString()));
        Assert.All(found, mismatch => Assert.NotEqual(mismatch.Expected, mismatch.Found));

        HandleList<HandleMismatch> repaired = world.Session.Repair(found);
        Assert.Contains(repaired, mismatch => mismatch.Kind == kind);
        Assert.Empty(world.Session.FindMismatches());
        HandleReference[] references = world.Client.GetReferences();
        Assert.Equal(held, references.Length);
        Assert.All(references, reference => Assert.True(reference.Strong + reference.Weak > 0));

        // The pool works again: it gives the lowest free handles, and they can be dropped.
        int lowest = world.Client.GetPool().LowestFree!.Value;
        Assert.Equal(held, lowest - (world.Client.GetReference(0L) is null ? 1 : 0));
        Assert.Equal(lowest, world.Hold(1)[0].Handle);
        foreach (HandleReference reference in world.Client.GetReferences())
            world.Client.DropReference(reference.Handle);
        Assert.Equal((0, 0), (world.Client.HandleCount, world.Client.GetPool().InUse));
        Assert.Empty(world.Session.FindMismatches());
    }

    private static HandleNode NodeAt(World world, int handle) => world.Client.GetReference(handle)!.Node;

    private static void Each(int first, int count, Action<int> action)
    {
        for (int i = first; i < first + count; i++)
            action(i);
    }
}
