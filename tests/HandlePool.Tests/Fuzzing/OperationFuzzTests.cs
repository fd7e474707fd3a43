using System.Globalization;
using System.Text;

namespace HandlePool.Tests.Fuzzing;

/// <summary>Plays rows with any content: each is performed or refused, and a refused row changes nothing.</summary>
/// <remarks>An input has lines of cells, separated by commas. The length and column of a cell decide whether it is text or a number.</remarks>
public class OperationFuzzTests(ITestOutputHelper output)
{
    private static readonly HandleAllocator[] Allocators = Enum.GetValues<HandleAllocator>();

    private static readonly string[] Columns = ["Operation", "Process", "Node", "Handle", "Count", "Weak", "Context", "Id", "Uid", "OpenNumber", "Kind", "Cookie",
        "Direction", "After", "Delay", "Fault"];

    private static readonly string[] Errors = [.. typeof(HandleErrorIds).GetFields().Select(field => field.Name)];

    private static readonly Mutator Rows = new(
    [
        .. new[]
        {
            """
            NewManager,manager,,,,,,1
            NewProcess,server,,,,,,
            NewProcess,client,,,,,,3
            NewNode,server,n,,4,,,
            Add,client,n1,,,,,
            Add,client,n2,,2,,,
            Add,client,n3,,,true,,
            Add,client,,0,,,,
            Remove,client,,1,,,,
            Add,client,n4,,,,,
            Grow,client,,,,,,
            RequestFit,client,,,,,,
            Complete,client,,,,,,
            RemoveNode,,n2,,,,,
            Drop,client,,2,,,,
            Exit,server,,,,,,
            """,
            """
            NewProcess,a,,,,,,7
            NewProcess,a,,,,,hwbinder,7
            NewNode,a,,,2,,hwbinder,7
            Add-HandleReference,a,#1,,,0,hwbinder,
            AddReference,7,#2,,,1,hwbinder,7
            RequestGrow,7,,,,,hwbinder,
            RequestGrow,7,,,,,hwbinder,
            CompleteResize,7,,,2,,hwbinder,
            CompleteResize,7,,,1,,hwbinder,
            OptimizePool,7,,,,,hwbinder,
            ShrinkPool,7,,,,,hwbinder,
            RemoveReference,7,#1,,,,hwbinder,
            RemoveProcess,7,,,,,hwbinder,7
            NewNode,a,,,70,,binder,
            """,
            """
            NewManager,m,,,,,,3,1000,
            NewProcess,m,,,,,,3,,2
            NewNode,m,n,,2,,binder,3,,2
            AddReference,m,#1,,,,binder,3,,2
            RemoveProcess,m,,,,,binder,3
            SetManager,m,,,,,binder,3,,2
            """,
            """
            NewProcess,server,,,,,,
            NewProcess,client,,,,,,3
            NewNode,server,n,,3,,,
            Add,client,n1,,,,,
            Add,client,n2,,,,,
            RequestNotification,client,,1,,,,,,,,7
            RequestNotification,client,n2,,,,,,,,Freeze,8
            SuspendProcess,server,,,,,,
            Receive-HandleNotification,client,,,1,,,
            CompleteNotification,client,,,,,,,,,Freeze,8
            ResumeProcess,server,,,,,,
            Exit,server,,,,,,
            ReceiveNotification,client,,,,,,
            CompleteNotification,client,,,,,,,,,,7
            ClearNotification,client,,1,,,,,,,,7
            Drop,client,,2,,,,,,,,
            """,
        }.Select(Encoding.UTF8.GetBytes),
    ], [.. Enum.GetNames<HandleOperationKind>(), "client", "server", "#1", "#3", "binder", "true", "\n", ","]);

    [Fact]
    public void Any_rows_are_performed_as_operations_or_refused() => FuzzRun.Try(38_000, Rows, Check, output);

    private static void Check(byte[] input)
    {
        HandleSession session = new(options: new HandleSessionOptions
        {
            Driver = (HandleDriver)(input.Length % 6),
            Allocator = Allocators[input.Length % Allocators.Length],
            MaxCapacity = input.Length % 2 == 0 ? 64 : 200,
        });
        if (input.Length % 3 == 0)
            session.StartRecording();
        OperationPlayer player = new(session);
        bool isDamaged = false;
        bool comparesStates = input.Length % 16 == 0;
        foreach (string line in Encoding.UTF8.GetString(input).Split('\n'))
        {
            string before = comparesStates ? Observed.State(session) : "";
            HandleOperationResult result = Play(player, line.Split(','));
            isDamaged |= result is { Succeeded: true, Operation: HandleOperationKind.FlipBit or HandleOperationKind.BreakSummary };
            Assert.True(result.Succeeded || Errors.Contains(result.ErrorId));

            // A freezing that fails thaws what was frozen.
            if (comparesStates && !result.Succeeded && result.ErrorId != HandleErrorIds.ProcessBusy)
                Assert.Equal(before, Observed.State(session));
        }

        // Damage is among the operations, and can be repaired in processes that have not exited.
        if (isDamaged)
            session.Repair(session.FindMismatches());
        Assert.Empty(session.FindMismatches());
        if (comparesStates && !isDamaged)
            Observed.IsConsistent(session);
    }

    private static HandleOperationResult Play(OperationPlayer player, string[] cells)
    {
        try
        {
            HandleOperation operation = OperationRow.Read(player.NextRow, column => Value(cells, Array.IndexOf(Columns, column)));

            // Many nodes are valid, but take long to create.
            if (operation is { Operation: HandleOperationKind.NewNode, Count: > 1_000 and <= HandleSession.MaxNewNodes })
                operation = operation with { Count = 3 };
            return player.Play(operation);
        }
        catch (HandleException exception) when (exception.ErrorId == HandleErrorIds.OperationFormat)
        {
            return player.Refuse(exception);
        }
    }

    private static object? Value(string[] cells, int column)
    {
        if ((uint)column >= (uint)cells.Length)
            return null;
        string cell = cells[column];
        return ((cell.Length + column) % 6) switch
        {
            0 when long.TryParse(cell, NumberStyles.Integer, CultureInfo.InvariantCulture, out long number) => number,
            1 when double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
            2 when decimal.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number) => number,
            3 when bool.TryParse(cell, out bool truth) => truth,
            4 when cell.Length > 20 => cell.ToCharArray(),
            _ => cell,
        };
    }
}
