using HandlePool.Tables;

namespace HandlePool.Tests.Drivers;

/// <summary>What a driver tells user space, and logs, where the model refuses an operation.</summary>
public class AnswerTests
{
    [Theory]
    [InlineData(HandleDriver.HandlePool, null, null)]
    [InlineData(HandleDriver.Rust, DriverAnswer.Success, "3: no such ref 40")]
    [InlineData(HandleDriver.C, DriverAnswer.Success, "3:3 Acquire 1 refcount change on invalid ref 40 ret -22")]
    public void An_unknown_handle(HandleDriver driver, DriverAnswer? answer, string? log)
    {
        World world = Of(driver);
        IsAnswered(world.Refuses(HandleErrorIds.HandleNotFound, Errno.ENOENT, () => world.Client.AddReference(40)), answer, log);
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, null, null)]
    [InlineData(HandleDriver.Rust, DriverAnswer.Success, null)]
    [InlineData(HandleDriver.C, DriverAnswer.Success, "tried to use weak ref as strong ref\n3:3 Acquire 1 refcount change on invalid ref 1 ret -22")]
    public void A_strong_increase_of_a_weak_reference(HandleDriver driver, DriverAnswer? answer, string? log)
    {
        World world = Of(driver);
        world.Client.AddReference(world.NewNode(), strong: 0, weak: 1);
        IsAnswered(world.Refuses(HandleErrorIds.WeakReferenceOnly, Errno.EINVAL, () => world.Client.AddReference(1)), answer, log);
    }

    [Theory]
    [InlineData(HandleDriver.Rust, true, null)]
    [InlineData(HandleDriver.Rust, false, "pid 3 performed invalid decrement on ref")]
    [InlineData(HandleDriver.C, true, "tried to use weak ref as strong ref\n3:3 Release 1 refcount change on invalid ref 1 ret -22")]
    [InlineData(HandleDriver.C, false, "3 invalid dec weak, desc 1 s 1 w 0")]
    public void A_decrease_below_0(HandleDriver driver, bool isStrong, string? log)
    {
        World world = Of(driver);
        (int strong, int weak) = isStrong ? (1, 0) : (0, 1);
        world.Client.AddReference(world.NewNode(), weak, strong);
        IsAnswered(world.Refuses(HandleErrorIds.CountUnderflow, Errno.EINVAL, () => world.Client.RemoveReference(1, strong, weak)),
            DriverAnswer.Success, log);
    }

    [Theory]
    [InlineData(HandleDriver.Rust, "3: no such ref 0")]
    [InlineData(HandleDriver.C, "3:3 IncRefs 0 refcount change on invalid ref 0 ret -22")]
    public void Handle_0_without_a_manager(HandleDriver driver, string log)
    {
        World world = Of(driver);
        world.Session.ExitProcess(world.Manager);
        IsAnswered(world.Refuses(HandleErrorIds.ManagerMissing, Errno.ENOENT, () => world.Client.AddReference(0, strong: 0, weak: 1)),
            DriverAnswer.Success, log);
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, null, null)]
    [InlineData(HandleDriver.Rust, DriverAnswer.EINVAL, null)]
    [InlineData(HandleDriver.C, DriverAnswer.EINVAL, "1:1 context manager tried to acquire desc 0")]
    public void The_managers_increase_of_handle_0_is_the_only_one_that_user_space_learns_of(HandleDriver driver, DriverAnswer? answer, string? log)
    {
        World world = Of(driver);
        IsAnswered(world.Refuses(HandleErrorIds.ManagerSelfReference, Errno.EINVAL, () => world.Manager.AddReference(0)), answer, log);
    }

    [Fact]
    public void The_Rust_driver_ignores_that_an_increase_of_handle_0_fails()
    {
        World world = World.Holding(64, new HandleSessionOptions { Driver = HandleDriver.Rust });
        world.Session.ExitProcess(world.Manager);
        world.Session.CreateProcess("next", isManager: true);
        world.Session.FailAllocations();
        IsAnswered(world.Refuses(HandleErrorIds.AllocationFailed, Errno.ENOMEM, () => world.Client.AddReference(0)), DriverAnswer.Success, null);
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, null)]
    [InlineData(HandleDriver.Rust, DriverAnswer.FailedReply)]
    public void A_node_in_a_transaction_that_needs_memory(HandleDriver driver, DriverAnswer? answer)
    {
        World world = World.Holding(64, new HandleSessionOptions { Driver = driver });
        world.Session.FailAllocations();
        HandleNode node = world.NewNode();
        IsAnswered(world.Refuses(HandleErrorIds.AllocationFailed, Errno.ENOMEM, () => world.Client.AddReference(node)), answer, null);
    }

    [Fact]
    public void A_pool_that_is_corrupted()
    {
        World world = World.Holding(3, new HandleSessionOptions { Driver = HandleDriver.Rust });
        world.Session.FlipBit(world.Client, 2);
        HandleNode node = world.NewNode();
        IsAnswered(Refused.With(HandleErrorIds.PoolCorrupted, Errno.EUCLEAN, () => world.Client.AddReference(node)),
            DriverAnswer.FailedReply, "Detected mismatch between handle_is_present and by_handle");
    }

    private static World Of(HandleDriver driver) => new(new HandleSessionOptions { Driver = driver });

    private static void IsAnswered(HandleException refused, DriverAnswer? answer, string? log) =>
        Assert.Equal((answer, log), (refused.DriverAnswer, refused.DriverLog));
}
