namespace HandlePool.Tests.Tables;

/// <summary>Increasing and decreasing by handle.</summary>
public class CountTests
{
    private readonly World _world = new();
    private readonly HandleNode _node;

    public CountTests() => _node = _world.NewNode();

    private HandleProcess Client => _world.Client;

    [Fact]
    public void An_increase_adds_to_both_counts_and_to_the_nodes()
    {
        Client.AddReference(_node);
        HandleReference reference = Client.AddReference(1, strong: 2, weak: 3);

        Assert.Equal((3, 3), (reference.Strong, reference.Weak));
        Assert.Equal((3L, 3L, 1), (_node.Strong, _node.Weak, _node.TableCount));
    }

    [Fact]
    public void A_strong_increase_of_a_weak_only_reference_is_refused()
    {
        Client.AddReference(_node, 0, 2);

        _world.Refuses(HandleErrorIds.WeakReferenceOnly, Errno.EINVAL, () => Client.AddReference(1));
        _world.Refuses(HandleErrorIds.WeakReferenceOnly, Errno.EINVAL, () => Client.AddReference(1, 1, 1));
        Assert.Equal((0, 3), Client.AddReference(1, 0, 1) is var r ? (r.Strong, r.Weak) : default);
    }

    [Fact]
    public void A_weak_increase_of_a_strong_only_reference_is_allowed()
    {
        Client.AddReference(_node);
        Assert.Equal(1, Client.AddReference(1, 0, 1).Weak);
    }

    [Fact]
    public void A_decrease_of_a_zero_count_is_refused()
    {
        Client.AddReference(_node, 0, 1);
        _world.Refuses(HandleErrorIds.CountUnderflow, Errno.EINVAL, () => Client.RemoveReference(1));
        Client.AddReference(_node, 1);
        Client.RemoveReference(1, 0, 1);
        _world.Refuses(HandleErrorIds.CountUnderflow, Errno.EINVAL, () => Client.RemoveReference(1, 0, 1));
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(0, 4)]
    [InlineData(3, 1)]
    [InlineData(1, 4)]
    [InlineData(3, 4)]
    public void A_decrease_below_zero_changes_neither_count(int strong, int weak)
    {
        Client.AddReference(_node, 2, 3);
        _world.Refuses(HandleErrorIds.CountUnderflow, Errno.EINVAL, () => Client.RemoveReference(1, strong, weak));
    }

    [Fact]
    public void A_reference_stays_until_both_counts_are_zero()
    {
        Client.AddReference(_node, 2, 1);

        Assert.Equal((1, 1), Client.RemoveReference(1) is { } first ? (first.Strong, first.Weak) : default);
        Assert.Equal((0, 1), Client.RemoveReference(1) is { } second ? (second.Strong, second.Weak) : default);
        Assert.True(Client.GetBitmap().IsSet(1));
        HandleReference last = Client.RemoveReference(1, 0, 1)!;
        Assert.Equal((1, _node, 0, 0), (last.Handle, last.Node, last.Strong, last.Weak));
        Assert.Null(Client.GetReference(1));
        Assert.Null(Client.GetReference(_node));
        Assert.Equal((0, false), (Client.HandleCount, Client.GetBitmap().IsSet(1)));
        Assert.Equal((0L, 0L, 0), (_node.Strong, _node.Weak, _node.TableCount));
    }

    [Fact]
    public void Dropping_a_reference_takes_all_counts_at_once()
    {
        Client.AddReference(_node, 200, 300);
        Assert.Equal((1, 0, 0), Client.DropReference(1) is { } dropped ? (dropped.Handle, dropped.Strong, dropped.Weak) : default);
        Assert.Equal((0L, 0L, 0), (_node.Strong, _node.Weak, _node.TableCount));
        Observed.IsConsistent(_world.Session);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(int.MaxValue)]
    [InlineData(1L + int.MaxValue)]
    [InlineData(uint.MaxValue)]
    [InlineData(1L << 32)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void An_unknown_handle_is_an_error(long handle)
    {
        _world.Refuses(HandleErrorIds.HandleNotFound, Errno.ENOENT, () => Client.AddReference(handle));
        _world.Refuses(HandleErrorIds.HandleNotFound, Errno.ENOENT, () => Client.RemoveReference(handle));
        _world.Refuses(HandleErrorIds.HandleNotFound, Errno.ENOENT, () => Client.DropReference(handle));
        Assert.Null(Client.GetReference(handle));
    }

    [Fact]
    public void A_dropped_handle_is_unknown_until_it_is_assigned_again()
    {
        Client.AddReference(_node);
        Client.DropReference(1);
        HandleException exception = _world.Refuses(HandleErrorIds.HandleNotFound, Errno.ENOENT, () => Client.DropReference(1));
        Assert.Contains("handle 1", exception.Message, StringComparison.Ordinal);
        Assert.Equal(1, Client.AddReference(_world.NewNode()).Handle);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(1_000_000)]
    public void Decreasing_in_an_exited_process_does_nothing(long handle)
    {
        Client.AddReference(_node);
        _world.Session.ExitProcess(Client);

        Assert.Null(Client.RemoveReference(handle));
        Assert.Null(Client.DropReference(handle));
        _world.Refuses(HandleErrorIds.ProcessDead, Errno.ESRCH, () => Client.AddReference(handle));
        _world.Refuses(HandleErrorIds.ProcessDead, Errno.ESRCH, () => Client.AddReference(_node));
    }

    [Theory]
    [InlineData(1L + int.MaxValue)]
    [InlineData(uint.MaxValue)]
    [InlineData(-1)]
    public void Decreasing_an_unknown_handle_in_an_exited_process_does_nothing(long handle)
    {
        _world.Session.ExitProcess(Client);

        Assert.Null(Client.RemoveReference(handle));
        Assert.Null(Client.DropReference(handle));
    }

    [Fact]
    public void A_reference_is_a_snapshot_of_its_counts()
    {
        HandleReference before = Client.AddReference(_node);
        Client.AddReference(1, 5);
        Assert.Equal(1, before.Strong);
        Assert.Equal(6, Client.GetReference(1)!.Strong);
        Assert.Equal((Client, _world.Server), (before.Process, before.Owner));
    }
}
