using System.Text;
using HandlePool.Dumps;
using Xunit.Abstractions;

namespace HandlePool.Tests.Dumps;

public class DumpWriterTests(ITestOutputHelper output)
{
    public static TheoryData<string, DumpForm> Files => new()
    {
        { "state-pixel.txt", DumpForm.C }, { "state-pixel.txt", DumpForm.Rust }, { "state-rust.txt", DumpForm.C },
        { "state-rust.txt", DumpForm.Rust }, { "proc-1754.txt", DumpForm.C }, { "proc-1754.txt", DumpForm.Rust },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void A_written_dump_is_read_as_the_same_session(string file, DumpForm form)
    {
        HandleSession session = Assert.Single(DumpReader.ReadFile(DumpSource.DataFile(file))).Session;

        AssertSame(session, form);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(402)]
    [InlineData(403)]
    public void Random_sessions_survive_a_round_trip_through_a_dump(int seed)
    {
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        HandleSession session = new();
        string[] contexts = ["binder", "hwbinder", "odd context"];
        List<HandleProcess> processes = [];
        for (int i = 0; i < 30; i++)
        {
            string context = contexts[i % 3];
            processes.Add(session.CreateProcess(random.Next(3) == 0 ? null : $" name {i} (x) ", context: context, isManager: i < 2));
        }

        for (int step = 0; step < 3_000; step++)
        {
            HandleProcess process = processes[random.Next(processes.Count)];
            HandleNode[] nodes = [.. session.GetNodes().Where(node => node.Context == process.Context && (!node.IsDead || node.HolderCount > 0))];
            switch (random.Next(step % 500 == 0 ? 4 : 3))
            {
                case 0:
                    session.CreateNode(process);
                    break;
                case 1 when nodes.Length > 0 && nodes[random.Next(nodes.Length)] is { } node && !(process.IsManager && node.Owner == process):
                    process.AddReference(node, random.Next(3), 1);
                    break;
                case 2 when process.GetReferences() is { Length: > 0 } held:
                    process.DropReference(held[random.Next(held.Length)].Handle);
                    break;
                case 3:
                    session.ExitProcess(process);
                    processes.Remove(process);
                    break;
            }
        }

        AssertSame(session, DumpForm.C);
        AssertSame(session, DumpForm.Rust);
    }

    [Fact]
    public void The_C_form_matches_what_the_driver_prints()
    {
        HandleSession session = new();
        HandleProcess manager = session.CreateProcess("servicemanager", 500, isManager: true);
        HandleProcess app = session.CreateProcess(null, 900);
        app.AddReference(0, 1, 1);
        app.AddReference(session.CreateNode(manager), 0, 2);

        Assert.Equal("""
            binder state:
            proc 500 (servicemanager)
            context binder
              node 1: u0000000000000000 c0000000000000000 pri 0:139 hs 1 hw 1 ls 1 lw 1 is 1 iw 1 tr 0 proc 900
              node 2: u0000000000000002 c0000000000000002 pri 0:139 hs 0 hw 1 ls 0 lw 0 is 0 iw 1 tr 0 proc 900
            proc 900
            context binder
              ref 3: desc 0 node 1 s 1 w 1 d 0000000000000000
              ref 4: desc 1 node 2 s 0 w 2 d 0000000000000000

            """, Text(session, DumpForm.C));
    }

    [Fact]
    public void The_Rust_form_matches_what_the_driver_prints()
    {
        HandleSession session = new();
        session.CreateProcess("servicemanager", 500, isManager: true);
        session.CreateProcess(null, 900).AddReference(0, 1, 1);

        Assert.Equal("""
            binder state:
            proc 500 (servicemanager)
            context binder
              node 1: u0000000000000000 c0000000000000000 hs true hw true cs 2 cw 1 proc 900
            proc 900
            context binder
              ref 2: desc 0 node 1 s 1 w 1

            """, Text(session, DumpForm.Rust));
    }

    [Fact]
    public void A_manager_without_holders_is_recognized_by_its_null_pointers()
    {
        HandleSession session = new();
        session.CreateProcess("app");
        session.CreateProcess("manager", isManager: true);
        session.CreateNode(session.GetProcess("app"));

        AssertSame(session, DumpForm.C);
        Assert.True(DumpSource.Read(Text(session, DumpForm.C)).Session.GetProcess("manager").IsManager);
    }

    [Theory]
    [InlineData("two\nlines", "binder")]
    [InlineData("bell\a", "binder")]
    [InlineData(" ", "binder")]
    [InlineData("half a character", "binder")]
    [InlineData("app", " binder")]
    [InlineData("app", "binder\r")]
    [InlineData("app", "binder state:")]
    public void A_session_that_no_dump_can_express_is_refused_before_writing(string name, string context)
    {
        HandleSession session = new();
        session.CreateProcess(name.Replace("a character", "\ud800", StringComparison.Ordinal), context: context);
        using MemoryStream stream = new();

        Refused.With(HandleErrorIds.DumpFormat, Errno.EINVAL, () => DumpWriter.Write(stream, session));

        Assert.Equal(0, stream.Length);
    }

    [Fact]
    public async Task A_dump_written_during_operations_is_consistent()
    {
        HandleSession session = new();
        HandleProcess owner = session.CreateProcess("owner"), holder = session.CreateProcess("holder");
        using CancellationTokenSource done = new();
        Task work = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                holder.AddReference(session.CreateNode(owner));
                if (holder.HandleCount > 200)
                {
                    session.ExitProcess(owner);
                    owner = session.CreateProcess("owner");
                    foreach (HandleReference reference in holder.GetReferences())
                        holder.DropReference(reference.Handle);
                }
            }
        });
        for (int i = 0; i < 200; i++)
            DumpSource.Read(Text(session, DumpForm.C)).Clean();
        done.Cancel();
        await work;
    }

    private static string Text(HandleSession session, DumpForm form)
    {
        using MemoryStream stream = new();
        DumpWriter.Write(stream, session, form);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void AssertSame(HandleSession session, DumpForm form)
    {
        HandleSession read = DumpSource.Read(Text(session, form)).Clean().Session;
        Assert.Equal(Describe(session), Describe(read));
    }

    /// <summary>All that a dump can say.</summary>
    private static string Describe(HandleSession session)
    {
        List<FormattableString> lines = [];
        foreach (HandleProcess process in session.GetProcesses())
        {
            lines.Add($"{process.Id} '{process.Name}' {process.Context} {process.IsManager}");
            lines.AddRange(process.GetReferences().Select(held => (FormattableString)$"  {held.Handle} {held.Node.Id} {held.Strong} {held.Weak} {held.IsDead}"));
        }

        foreach (HandleNode node in session.GetNodes())
            lines.Add($"{node.Id} {node.IsDead} {(node.IsDead ? null : node.Owner?.Id)} {node.Strong} {node.Weak} {node.HolderCount}");
        return string.Join('\n', lines.Select(FormattableString.Invariant));
    }
}
