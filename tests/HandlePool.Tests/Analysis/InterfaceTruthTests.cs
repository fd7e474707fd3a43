using System.Globalization;
using System.Text;
using HandlePool.Analysis;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Analysis;

/// <summary>Makes devices whose interfaces are known, prints what a bug report would say of them, and holds every statement against them.</summary>
public sealed class InterfaceTruthTests
{
    private const int Devices = 700;
    private const int System = 1000;
    private const int Manager = 400;
    private const int HardwareManager = 401;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 3)]
    public void Every_forced_statement_is_true_of_the_device(int seed, int drift)
    {
        int statements = 0, known = 0;
        for (int number = 0; number < Devices; number++)
        {
            World world = new(new Random((seed * 100_000) + number), drift);
            try
            {
                HandleSession session = DumpSource.Read(world.Report).Session;
                Check(session, world, ref statements, ref known);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                throw new InvalidOperationException($"Seed {seed}, device {number}:\n{world.Report}", exception);
            }
        }

        Assert.True(statements > 1_000 && known > 1_000, $"{statements} statements, {known} known nodes");
    }

    private static void Check(HandleSession session, World world, ref int statements, ref int known)
    {
        foreach (HandleUsageGrouping by in (HandleUsageGrouping[])[HandleUsageGrouping.Pair, HandleUsageGrouping.Holder])
        {
            foreach (HandleUsage usage in UsageMeasurement.Measure(session, by))
            {
                HandleNode[] nodes = [.. usage.Holder!.GetReferences().Where(reference => by == HandleUsageGrouping.Holder
                    || (reference.Owner == usage.Owner && reference.IsDead == usage.IsDead)).Select(reference => reference.Node)];
                Assert.Equal(usage.Handles, nodes.Length);
                foreach (HandleInterface statement in usage.Candidates)
                {
                    Assert.Equal(nodes.Length, statement.Of);
                    statements += Check(statement, nodes, world, usage.Holder.Id == System ? world.Drift : 0);
                }
            }
        }

        int wrong = 0;
        foreach (HandleNode node in session.GetNodes())
        {
            foreach (HandleInterface statement in node.GetCandidates().Where(statement => statement.Of == 1))
                statements += Check(statement, [node], world, statement.Evidence.Any(fact => fact.Kind == HandleEvidenceKind.InterfaceCount) ? world.Drift : 0);
            if (node.Interface is not { } name)
                continue;
            known++;
            if (!world.Is(node, name))
                wrong++;
        }

        // Of all handles of a pair, each that changed in between may be another.
        Assert.True(wrong <= world.Drift, $"{wrong} nodes have another interface");
        CheckRows(session, world, _ => true);
        foreach (int owner in world.Owners)
            CheckRows(session, world, process => process?.Id == owner);
    }

    /// <summary>Checks a statement, and returns 1 if it forces something.</summary>
    private static int Check(HandleInterface statement, HandleNode[] nodes, World world, int drift)
    {
        int count = nodes.Count(node => world.Is(node, statement.Name));
        Assert.InRange(statement.AtMost, statement.AtLeast, statement.Of);
        Assert.NotEqual("", statement.Reason);
        if (statement.Certainty == InterfaceCertainty.Guess)
        {
            Assert.Equal(0, statement.AtLeast);
            return 0;
        }

        if (count < statement.AtLeast - drift || count > statement.AtMost + drift)
            Assert.Fail($"{statement} (at most {statement.AtMost}), but they are {count}: {statement.Reason}");
        return 1;
    }

    /// <summary>Checks the rows by interface of the handles of some owners.</summary>
    private static void CheckRows(HandleSession session, World world, Func<HandleProcess?, bool> isOf)
    {
        IReadOnlyList<HandleUsage> rows = UsageMeasurement.Measure(session, HandleUsageGrouping.Interface, (_, owner) => isOf(owner));
        foreach (IGrouping<HandleProcess, HandleUsage> holder in rows.GroupBy(row => row.Holder!))
        {
            HandleNode[] nodes = [.. holder.Key.GetReferences().Where(reference => isOf(reference.Owner)).Select(reference => reference.Node)];
            Assert.Equal(nodes.Length, holder.Sum(row => row.Handles));
            foreach (HandleUsage row in holder.Where(row => row.Interface is not null))
            {
                int drift = holder.Key.Id is System ? world.Drift : 0;
                int count = nodes.Count(node => world.Is(node, row.Interface!));
                if (count < row.Handles - drift || count > row.AtMost + drift)
                    Assert.Fail($"{row}, at most {row.AtMost}, but they are {count}: {row.Candidates[0].Reason}");
            }
        }
    }

    /// <summary>Represents a device with the interface of each node, and the report on it.</summary>
    private sealed class World
    {
        private const string ServiceManager = "android.os.IServiceManager";
        private static readonly string[] Names = ["a.IOne", "a.ITwo", "b.IThree", "b.IFour", "c.IFive"];

        private readonly Random _random;
        private readonly Dictionary<long, HashSet<string>> _truth = [];
        private readonly List<(long Id, int Owner, bool IsDead)> _nodes = [];
        private readonly Dictionary<int, List<long>> _held = [];
        private readonly HashSet<int> _servers = [];
        private readonly StringBuilder _services = new();
        private long _nextId = 10;

        internal World(Random random, int drift)
        {
            _random = random;
            Owners = [.. Enumerable.Range(2000, random.Next(1, 5))];
            AddNode(Manager, [ServiceManager]);
            AddNode(HardwareManager, ["android.hardware.manager@1.0::IServiceManager", "android.hidl.manager@1.0::IServiceManager"]);
            foreach (int owner in Owners)
            {
                // An owner has mostly one interface, as one that leaks.
                string main = Names[random.Next(Names.Length)];
                for (int left = random.Next(1, random.Next(2) == 0 ? 4 : 40); left > 0; left--)
                    Hold(System, AddNode(owner, [random.Next(5) == 0 ? Names[random.Next(Names.Length)] : main], isDead: random.Next(12) == 0));
            }

            AddServices();
            AddHardware();
            Drift = random.Next(drift + 1);
            Report = "== dumpstate: 2026-01-02 10:00:00\n" + Print() + Histogram() + _services;
        }

        internal string Report { get; }

        /// <summary>Gets the number of handles that changed between the dump and the histogram.</summary>
        internal int Drift { get; }

        internal int[] Owners { get; }

        internal bool Is(HandleNode node, string name) => _truth[node.Id].Contains(name);

        private long AddNode(int owner, HashSet<string> interfaces, bool isDead = false)
        {
            long id = _nextId++;
            _truth.Add(id, interfaces);
            _nodes.Add((id, owner, isDead));
            return id;
        }

        private void Hold(int holder, long node)
        {
            if (!_held.TryGetValue(holder, out List<long>? held))
                _held.Add(holder, held = []);
            held.Add(node);
        }

        /// <summary>Adds servers with services of several interfaces, some of one node, and nodes that the manager holds for other reasons.</summary>
        private void AddServices()
        {
            StringBuilder list = new(), hosts = new();
            int number = 0;
            for (int server = 3000; server < 3000 + _random.Next(3); server++)
            {
                _servers.Add(server);
                for (int left = _random.Next(1, 4); left > 0; left--)
                {
                    string name = $"s.I{number}";
                    long node = AddNode(server, [name]);
                    Hold(Manager, node);
                    if (_random.Next(2) == 0)
                        Hold(System, node);
                    for (int times = _random.Next(1, 3); times > 0; times--)
                    {
                        number++;
                        if (_random.Next(4) > 0)
                            list.Append(CultureInfo.InvariantCulture, $"{number}\ts{number}: [{name}]\n");
                        if (_random.Next(4) > 0)
                            hosts.Append(CultureInfo.InvariantCulture, $"DUMP OF SERVICE s{number}:\nService host process PID: {server}\n");
                    }
                }

                for (int left = _random.Next(2); left > 0; left--)
                    Hold(Manager, AddNode(server, ["a.ICallback"]));
            }

            _services.Append(CultureInfo.InvariantCulture, $"Found {number} services:\n{list}{hosts}");
        }

        /// <summary>Adds servers of HIDL, whose objects have the interfaces of their parents.</summary>
        private void AddHardware()
        {
            _services.Append("------ HARDWARE HALS (lshal) ------\nInterface Server Clients\n");
            for (int server = 4000; server < 4000 + _random.Next(3); server++)
            {
                _servers.Add(server);
                for (int left = _random.Next(1, 3); left > 0; left--)
                {
                    string package = $"h{_random.Next(3)}";
                    HashSet<string> chain = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(minor => $"{package}@1.{minor}::IFoo")];
                    long node = AddNode(server, chain);
                    Hold(HardwareManager, node);
                    foreach (string name in chain.Where(_ => _random.Next(5) > 0))
                        _services.Append(CultureInfo.InvariantCulture, $"{name}/default {server} {HardwareManager}\n");
                }

                if (_random.Next(3) == 0)
                    Hold(HardwareManager, AddNode(server, ["h@1.0::ICallback"]));
            }
        }

        /// <summary>Prints the live proxies of the system server: by interface, of all owners together, the largest only.</summary>
        private string Histogram()
        {
            List<string> names = [];
            bool isAllJava = _random.Next(2) == 0;
            List<long> held = [.. _held.GetValueOrDefault(System, [])];
            for (int left = Drift; left > 0; left--)
            {
                // Dropped since the dump, or taken since.
                if (held.Count > 0 && _random.Next(2) == 0)
                    held.RemoveAt(_random.Next(held.Count));
                else
                    names.Add(Names[_random.Next(Names.Length)]);
            }

            foreach (long id in held)
            {
                // Native code alone holds some, and of others the runtime does not know the name.
                if (!isAllJava && _random.Next(6) == 0)
                    continue;
                bool isDead = _nodes.Find(node => node.Id == id).IsDead;
                names.Add(_random.Next(15) == 0 ? _random.Next(3) switch { 0 => "", 1 => "<exception during getDescriptor>", _ => "<cleared weak-ref>" }
                    : isDead && _random.Next(2) == 0 ? "<proxy to dead node>" : _truth[id].First());
            }

            if (_random.Next(2) == 0)
                names.Add(ServiceManager);
            for (int left = _random.Next(3); left > 0; left--)
                names.Add("<cleared weak-ref>");
            StringBuilder text = new();
            bool isLogged = _random.Next(2) == 0;
            text.Append(isLogged ? "------ SYSTEM LOG (logcat) ------\n" : "ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)\nTop proxy interface names held by SYSTEM\n");
            int rank = 0;
            foreach (IGrouping<string, string> group in names.GroupBy(name => name).OrderByDescending(group => group.Count()).Take(_random.Next(1, 8)))
            {
                rank++;
                text.Append(isLogged ? "01-02 09:59:30.000 1000 1010 D Binder: " : "    ");
                text.Append(CultureInfo.InvariantCulture, $"#{rank}: {group.Key} x{group.Count()}\n");
            }

            return text.Append("------ END ------\n").ToString();
        }

        private string Print()
        {
            StringBuilder text = new("------ PROCESSES (ps -A) ------\nUSER PID S NAME\nsystem 1000 S system_server\nsystem 400 S servicemanager\n------ BINDER STATE ------\nbinder state:\n");
            long reference = 100_000;
            foreach (int process in (int[])[Manager, HardwareManager, System, .. Owners, .. _servers.Order()])
            {
                bool isHardware = process is HardwareManager or >= 4000;
                text.Append(CultureInfo.InvariantCulture, $"proc {process}\ncontext {(isHardware ? "hwbinder" : "binder")}\n  thread {process}: l 12 need_return 0 tr 0\n");
                foreach ((long id, int _, bool _) in _nodes.Where(node => node.Owner == process && !node.IsDead))
                    text.Append(CultureInfo.InvariantCulture, $"  node {id}: u0000000000000000 c0000000000000000 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1\n");
                long manager = isHardware ? 11 : 10;
                IEnumerable<long> held = process is Manager or HardwareManager ? [] : [manager];
                int handle = process is Manager or HardwareManager ? 1 : 0;
                foreach (long id in held.Concat(_held.GetValueOrDefault(process, [])))
                    text.Append(CultureInfo.InvariantCulture, $"  ref {reference++}: desc {handle++} {(_nodes.Find(node => node.Id == id).IsDead ? "dead node" : "node")} {id} s 1 w 1 d 0000000000000000\n");
            }

            return text.Append("------ END ------\n").ToString();
        }
    }
}
