using System.Text;
using System.Text.RegularExpressions;
using HandlePool.Dumps;
using HandlePool.Tests.Interleavings;

namespace HandlePool.Tests.Dumps;

public class DumpWriterTests(ITestOutputHelper output)
{
    public static TheoryData<string, DumpForm> Files => Product(["state-pixel.txt", "state-rust.txt", "proc-1754.txt"]);

    public static TheoryData<HandleDriver, DumpForm> Forms => Product(Enum.GetValues<HandleDriver>());

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
            HandleNode[] nodes = [.. session.GetNodes().Where(node => node.Context == process.Context && (!node.IsDead || node.TableCount > 0))];
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
              node 1: u0000000000000000 c0000000000000000 pri 0:139 hs 1 hw 1 ls 1 lw 1 is 1 iw 1 tr 1 proc 900
              node 2: u0000000000000002 c0000000000000002 pri 0:139 hs 0 hw 1 ls 0 lw 0 is 0 iw 1 tr 1 proc 900
            proc 900
            context binder
              ref 3: desc 0 node 1 s 1 w 1 d 0000000000000000
              ref 4: desc 1 node 2 s 0 w 2 d 0000000000000000

            """, Text(session, DumpForm.C));
    }

    [Fact]
    public void The_form_of_mainline_kernels_has_no_priorities()
    {
        HandleSession session = new();
        session.CreateProcess(null, 500, isManager: true);
        session.CreateProcess(null, 900).AddReference(0, 0, 1);

        Assert.Equal("""
            binder state:
            proc 500
            context binder
              node 1: u0000000000000000 c0000000000000000 hs 1 hw 1 ls 1 lw 1 is 0 iw 1 tr 1 proc 900
            proc 900
            context binder
              ref 2: desc 0 node 1 s 0 w 1 d 0000000000000000

            """, Text(session, DumpForm.CMainline));
    }

    [Fact]
    public void The_Rust_form_matches_what_the_driver_prints()
    {
        HandleSession session = new(options: new HandleSessionOptions { Driver = HandleDriver.Rust });
        session.CreateProcess("servicemanager", 500, isManager: true);
        HandleProcess app = session.CreateProcess(null, 900);
        HandleProcess server = session.CreateProcess(null, 901), gone = session.CreateProcess(null, 902);
        app.AddReference(0, 3, 0);
        HandleNode node = session.CreateNode(server);
        app.AddReference(node, 0, 2);
        app.AddReference(session.CreateNode(gone), 1, 1);
        session.ExitProcess(gone);

        Assert.Equal("""
            binder state:
            proc 500 (servicemanager)
            context binder
              node 0: u0000000000000000 c0000000000000000 hs true hw true cs 2 cw 0 proc 900

            proc 900
            context binder
              ref 5: desc 0 node 0 s 3 w 0  ref 6: desc 1 node 2 s 0 w 2  ref 7: desc 2 dead node 4 s 1 w 1
            proc 901
            context binder
              node 2: u0000000000000002 c0000000000000002 hs false hw true cs 0 cw 1 proc 900


            """, Text(session, form: null));
    }

    [Theory]
    [InlineData("state-pixel.txt", HandleDriver.Rust, DumpForm.C)]
    [InlineData("state-rust.txt", HandleDriver.C, DumpForm.Rust)]
    [InlineData("real/errors/e8.txt", HandleDriver.Rust, DumpForm.CMainline)]
    public void An_imported_session_is_written_in_the_form_of_its_dump(string file, HandleDriver driver, DumpForm form)
    {
        DumpReaderOptions options = new() { Session = new HandleSessionOptions { Driver = driver } };
        HandleSession session = Assert.Single(DumpReader.ReadFile(DumpSource.DataFile(file), options)).Session;

        Assert.Equal(Text(session, form), Text(session, form: null));
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, DumpForm.C)]
    [InlineData(HandleDriver.C, DumpForm.C)]
    [InlineData(HandleDriver.C611rc1, DumpForm.C)]
    [InlineData(HandleDriver.CTree, DumpForm.C)]
    [InlineData(HandleDriver.Rust, DumpForm.Rust)]
    [InlineData(HandleDriver.RustTree, DumpForm.Rust)]
    public void A_new_session_is_written_in_the_form_of_its_driver(HandleDriver driver, DumpForm form)
    {
        World world = World.Holding(3, new HandleSessionOptions { Driver = driver });

        Assert.Equal(Text(world.Session, form), Text(world.Session, form: null));
    }

    [Theory]
    [InlineData("  ref 3: desc 0 node 1 s 1 w 0 d 0000000000000000\n", DumpForm.C)]
    [InlineData("  ref 3: desc 0 node 1 s 1 w 0\n", DumpForm.Rust)]
    public void References_alone_tell_the_driver(string reference, DumpForm form)
    {
        HandleSession session = DumpSource.Read("binder proc state:\nproc 1\ncontext binder\n" + reference).Session;

        Assert.Equal(Text(session, form), Text(session, form: null));
    }

    [Fact]
    public void A_dump_that_the_driver_could_not_finish_is_truncated()
    {
        const string Reference = "  ref 3: desc 1 dead node 2 s 1 w 0";
        HandleSession session = DumpSource.Read($"binder state:\nproc 1\ncontext binder\n{Reference}failed to generate state: ENOMEM\n").Session;

        Assert.Equal(1, session.GetProcess(1).HandleCount);
        HandleFinding finding = Assert.Single(session.GetFindings());
        Assert.Equal((HandleFindingKind.Truncated, 4), (finding.Kind, finding.Line));
        Assert.Contains("ENOMEM", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_random_session_of_any_driver_is_read_back_as_it_was_written(HandleDriver driver, DumpForm form)
    {
        for (int seed = 0; seed < 40; seed++)
        {
            HandleSession session = RandomSession(new Random(seed), driver, withDeadNodes: seed % 2 == 0);
            string text = Text(session, form);
            HandleSession read = DumpSource.Read(text).Session;
            Assert.True(Describe(session, form) == Describe(read, form), $"seed {seed}\n{text}");
            Assert.Equal(text, Text(read, form));
            Assert.All(read.GetFindings(), finding => Assert.Equal(HandleFindingKind.DuplicateProcess, finding.Kind));
        }
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
    [InlineData("app", "other binder state:")]
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

    private static TheoryData<T, DumpForm> Product<T>(T[] values)
    {
        TheoryData<T, DumpForm> rows = [];
        foreach (T value in values)
        {
            foreach (DumpForm form in Enum.GetValues<DumpForm>())
                rows.Add(value, form);
        }

        return rows;
    }

    private static HandleSession RandomSession(Random random, HandleDriver driver, bool withDeadNodes)
    {
        // Only a dump of the C driver has dead nodes without references.
        HandleSessionOptions options = new() { Driver = driver };
        HandleSession session = withDeadNodes
            ? DumpSource.Read($"""
                binder state:
                dead nodes:
                  node 3: u0000000000000007 c0000000000000007 hs 0 hw 0 ls 0 lw 0 is 0 iw 0 tr 1
                proc 4
                context binder

                """, new DumpReaderOptions { Session = options }).Session
            : new HandleSession(options: options);
        string[] contexts = ["binder", "hwbinder"];
        for (int step = 0; step < 150; step++)
        {
            HandleProcess[] processes = session.GetProcesses();
            HandleProcess? process = processes.Length > 0 ? processes[random.Next(processes.Length)] : null;
            HandleNode[] nodes = [.. session.GetNodes().Where(node => node.Context == process?.Context || node.IsDead)];
            HandleNode? node = nodes.Length > 0 ? nodes[random.Next(nodes.Length)] : null;
            HandleReference[] held = process?.GetReferences() ?? [];
            HandleReference? reference = held.Length > 0 ? held[random.Next(held.Length)] : null;
            (int strong, int weak) = random.Next(2) == 0 ? (0, 1) : (random.Next(1, 3), random.Next(2));
            try
            {
                switch (random.Next(12))
                {
                    case 0:
                        string? name = random.Next(2) == 0 ? null : $"a (b) é{step}";
                        session.CreateProcess(name, context: contexts[random.Next(2)], isManager: random.Next(3) == 0);
                        break;
                    case 1 when process is not null:
                        session.CreateProcess(id: process.Id, context: process.Context, reopens: true);
                        break;
                    case 2 when process is not null && random.Next(3) == 0:
                        session.ExitProcess(process);
                        break;
                    case 3 when process is not null && random.Next(3) == 0:
                        session.SetManager(process);
                        break;
                    case 4 when node is not null && random.Next(3) == 0:
                        session.RemoveNode(node);
                        break;
                    case 5:
                        process?.AddReference(0, strong, weak);
                        break;
                    case 6 when reference is not null:
                        process!.RemoveReference(reference.Handle, strong, weak);
                        break;
                    case 7 when reference is not null:
                        process!.DropReference(reference.Handle);
                        break;
                    case 8 or 9 when process is not null:
                        session.CreateNode(process);
                        break;
                    case > 9 when process is not null && node is not null:
                        process.AddReference(node, strong, weak);
                        break;
                }
            }
            catch (HandleException)
            {
                // Refused by the rules of the driver.
            }
        }

        return session;
    }

    private static string Text(HandleSession session, DumpForm? form)
    {
        using MemoryStream stream = new();
        DumpWriter.Write(stream, session, form);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void AssertSame(HandleSession session, DumpForm form)
    {
        HandleSession read = DumpSource.Read(Text(session, form)).Clean().Session;
        Assert.Equal(Describe(session, form), Describe(read, form));
    }

    /// <summary>Returns all that a dump of that form can represent.</summary>
    private static string Describe(HandleSession session, DumpForm form)
    {
        List<FormattableString> lines = [];
        foreach (HandleProcess process in session.GetProcesses())
        {
            lines.Add($"{process.Id} '{process.Name}' {process.Context} {process.IsManager}");
            lines.AddRange(process.GetReferences().Select(held => (FormattableString)$"  {held.Handle} {held.Node.Id} {held.Strong} {held.Weak} {held.IsDead}"));
            lines.AddRange(process.GetNodes().Select(owned => (FormattableString)$"  {owned.Id}"));
        }

        foreach (HandleNode node in session.GetNodes())
        {
            if (form != DumpForm.Rust || !node.IsDead || node.TableCount > 0)
                lines.Add($"{node.Id} {node.IsDead} {(node.IsDead ? null : node.Owner?.Id)} {node.Strong} {node.Weak} {node.TableCount}");
        }

        return string.Join('\n', lines.Select(FormattableString.Invariant));
    }

    [Fact]
    public void A_process_known_only_as_a_holder_stays_one_and_loses_its_name()
    {
        HandleSession session = DumpSource.Read("binder proc state:\nproc 2\ncontext binder\n  node 1: u0000000000000003 c0000000000000004 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 1\n"
            + "------ PROCESSES (ps -A) ------\nUSER PID NAME\nroot 1 init\n").Session;
        Assert.Equal(["init", ""], session.GetProcesses().OrderBy(process => process.Id).Select(process => process.Name ?? ""));

        HandleSession read = DumpSource.Read(Text(session, DumpForm.CMainline)).Session;
        Assert.Equal(["1  HolderList", "2  State"], read.GetProcesses().OrderBy(process => process.Id).Select(process => $"{process.Id} {process.Name} {process.CountSource}"));
        Assert.Equal(read.Describe(), session.Describe(asWritten: true));
    }

    [Fact]
    public void A_process_that_returns_under_its_pid_meanwhile_is_written_once()
    {
        World world = new();
        HandleProcess restarted = world.Session.CreateProcess("restarted", id: 5000), last = world.Session.CreateProcess("last", id: 6000);
        using MemoryStream dump = new();
        Actor export = new(() => DumpWriter.Write(dump, world.Session, DumpForm.C));
        Actor restart = new(() =>
        {
            world.Session.ExitProcess(restarted);
            world.Session.CreateProcess("restarted", id: 5000);
        });

        // The export has looked at the first process, and waits for the last.
        last.Table.Lock.EnterToRead();
        export.Start();
        export.WaitUntilItWaits();
        restart.Start();
        restart.WaitUntilItWaits();
        last.Table.Lock.Exit();
        export.Finish();
        restart.Finish();

        Assert.Equal(1, Regex.Count(Encoding.UTF8.GetString(dump.ToArray()), @"^proc 5000\b", RegexOptions.Multiline));
    }
}
