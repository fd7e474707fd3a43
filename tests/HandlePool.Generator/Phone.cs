using System.Globalization;
using System.Text;

namespace HandlePool.Generator;

/// <summary>Models the processes of a phone and the handles they hold, from a seed, and writes them as the driver does.</summary>
/// <remarks>
/// The distributions are those of the dumps in public bug reports of four healthy phones (28 to 122 processes): apps hold about 22 handles of
/// the system server, alike; the system server holds 1 to 3 of most apps, and tens to hundreds of the system UI, the phone app and a
/// few others (geometric mean 75, standard deviation of the logarithm 0.6); few others hold more than 4 of each other. Larger phones
/// are given more of everything, and smaller devices less or the same.
/// </remarks>
internal sealed class Phone
{
    internal const string SystemServer = "system_server";
    internal const string Manager = "servicemanager";

    private static readonly string[] Busy =
        ["com.android.systemui", "com.android.launcher3", "com.android.phone", "com.android.bluetooth", "com.google.android.gms", "surfaceflinger"];

    private readonly Random _random;
    private readonly double _scale;
    private readonly List<PhoneProcess> _processes = [];
    private readonly List<PhonePair> _pairs = [];
    private int _lastPid;
    private long _lastId;

    internal Phone(int seed, int processes)
    {
        _random = new SplitMix(seed);
        _scale = processes < 55
            ? Math.Max(processes / 55.0, 0.35 + (0.65 * _random.NextDouble()))
            : 1 + (0.4 * Math.Min(1, processes / 300.0));
        Start(processes);
    }

    internal IEnumerable<string> Apps => _processes.Where(process => process.IsApp).Select(process => process.Name);

    internal Random Random => _random;

    /// <summary>Gets the processes in the order of their pids at first.</summary>
    internal IReadOnlyList<PhoneProcess> Processes => _processes;

    /// <summary>Gets the pairs of a holder and an owner, each once.</summary>
    internal IReadOnlyList<PhonePair> Pairs => _pairs;

    /// <summary>Returns the pid of a process now.</summary>
    internal int PidOf(string name) => Find(name).Pid;

    /// <summary>Goes on with a boot: more apps have started, and all counts have reached a part of their level.</summary>
    /// <param name="processes">The number of processes by now.</param>
    /// <param name="part">The part, more than 0 to 1.</param>
    internal void Boot(int processes, double part)
    {
        while (_processes.Count < processes)
            AddApp();
        foreach (PhonePair pair in _pairs)
        {
            pair.Warmth = Math.Min(1, part * LogNormal(0.1));
            Settle(pair);
        }
    }

    /// <summary>Lets time pass: counts fluctuate, some move to another level, and some apps restart, start or exit.</summary>
    /// <param name="restarts">The share of apps that restart.</param>
    /// <param name="spared">The apps that do not.</param>
    internal void Live(double restarts, IReadOnlySet<string> spared)
    {
        foreach (PhoneProcess app in _processes.Where(process => process.IsApp && !spared.Contains(process.Name)).ToList())
        {
            double chance = _random.NextDouble();
            if (chance < restarts)
                Restart(app);
            else if (chance < restarts + 0.01)
                Exit(app);
        }

        if (_random.NextDouble() < 0.5)
            AddApp();
        foreach (PhonePair pair in _pairs)
        {
            if (_random.NextDouble() < 0.02)
                pair.Level *= 0.7 + (0.9 * _random.NextDouble());
            pair.Warmth = Math.Min(1, pair.Warmth + 0.3 + (0.4 * _random.NextDouble()));
            Settle(pair);
        }
    }

    /// <summary>Restarts an app under another pid; what it leaked is gone.</summary>
    internal void Restart(string name) => Restart(_processes.Single(process => process.Name == name));

    /// <summary>Ends an app for good.</summary>
    internal void Exit(string name) => Exit(_processes.Single(process => process.Name == name));

    /// <summary>Restarts the device: pids and ids start again, and all leaks are gone.</summary>
    internal void Reboot()
    {
        foreach (PhonePair pair in _pairs)
            (pair.Leaked, pair.Warmth) = (0, 0.6 + (0.4 * _random.NextDouble()));
        foreach (PhonePair pair in _pairs)
            SetCount(pair, 0);
        _lastId = 0;
        _lastPid = 100 + _random.Next(60);
        foreach (PhoneProcess process in _processes)
        {
            process.Shared.Clear();
            process.Pid = NextPid();
        }

        foreach (PhonePair pair in _pairs)
            Settle(pair);
    }

    /// <summary>Makes a pair hold a number of handles more than it would.</summary>
    internal void Leak(string holder, string owner, int count)
    {
        PhonePair pair = _pairs.Find(each => each.Holder.Name == holder && each.Owner.Name == owner)
            ?? AddPair(Find(holder), Find(owner), 1, shared: 0);
        pair.Leaked = count;
        Settle(pair);
    }

    /// <summary>Writes the state.</summary>
    /// <param name="hasNames">Whether processes have names.</param>
    internal string Write(bool hasNames)
    {
        StringBuilder text = new("binder state:\n");
        ILookup<PhoneProcess, PhonePair> held = _pairs.ToLookup(pair => pair.Holder);
        ILookup<PhoneProcess, PhoneNode> nodes = _pairs.SelectMany(pair => pair.Nodes).Distinct().ToLookup(node => node.Owner);
        Dictionary<PhoneNode, List<int>> holders = [];
        foreach (PhonePair pair in _pairs)
        {
            foreach (PhoneNode node in pair.Nodes)
            {
                if (!holders.TryGetValue(node, out List<int>? pids))
                    holders.Add(node, pids = []);
                pids.Add(pair.Holder.Pid);
            }
        }

        string others = string.Join(' ', _processes.Where(process => process.Name != Manager).Select(process => process.Pid));
        foreach (PhoneProcess process in _processes)
        {
            text.Append(CultureInfo.InvariantCulture, $"proc {process.Pid}{(hasNames ? $" ({process.Name})" : "")}\ncontext binder\n");
            if (process.Name == Manager)
                WriteNode(1, _processes.Count - 1, others);
            foreach (PhoneNode node in nodes[process].OrderBy(node => node.Id))
                WriteNode(node.Id, holders[node].Count, string.Join(' ', holders[node]));
            int handle = 0;
            if (process.Name != Manager)
                WriteReference(0, 1);
            foreach (PhoneNode node in held[process].SelectMany(pair => pair.Nodes).OrderBy(node => node.Id))
                WriteReference(++handle, node.Id);
        }

        return text.ToString();

        void WriteNode(long id, int count, string pids) => text.Append(CultureInfo.InvariantCulture,
            $"  node {id}: u0000000000000000 c0000000000000000 pri 0:139 hs 1 hw 1 ls 0 lw 0 is {count} iw {count} tr 1 proc {pids}\n");

        void WriteReference(int handle, long node) => text.Append(CultureInfo.InvariantCulture,
            $"  ref {node + handle}: desc {handle} node {node} s 1 w 1 d 0000000000000000\n");
    }

    /// <summary>Writes the statistics, which count handles and nodes.</summary>
    internal string WriteStatistics()
    {
        StringBuilder text = new("binder stats:\n");
        ILookup<PhoneProcess, PhonePair> held = _pairs.ToLookup(pair => pair.Holder);
        ILookup<PhoneProcess, PhoneNode> nodes = _pairs.SelectMany(pair => pair.Nodes).Distinct().ToLookup(node => node.Owner);
        foreach (PhoneProcess process in _processes)
        {
            bool isManager = process.Name == Manager;
            int handles = held[process].Sum(pair => pair.Nodes.Count) + (isManager ? 0 : 1);
            text.Append(CultureInfo.InvariantCulture, $"proc {process.Pid} ({process.Name})\ncontext binder\n  threads: 1\n")
                .Append("  requested threads: 0+0/15\n  ready threads 0\n  free async space 520192\n")
                .Append(CultureInfo.InvariantCulture, $"  nodes: {nodes[process].Count() + (isManager ? 1 : 0)}\n  refs: {handles} s {handles} w {handles}\n")
                .Append("  buffers: 0\n  pages: 0:1:511\n  pages high watermark: 1\n  pending transactions: 0\n");
        }

        return text.ToString();
    }

    private void Start(int processes)
    {
        _lastPid = 100 + _random.Next(60);
        _lastId = 1;
        AddProcess(Manager, isApp: false);
        PhoneProcess server = AddProcess(SystemServer, isApp: false);
        AddPair(_processes[0], server, 95 * _scale * LogNormal(0.2), shared: 0.5);
        foreach (string name in Busy.Take(Math.Max(2, Math.Min(Busy.Length, processes / 8))))
        {
            PhoneProcess process = AddProcess(name, isApp: false);
            AddPair(server, process, 75 * _scale * LogNormal(0.6), shared: 0.05);
            AddPair(process, server, 45 * Math.Sqrt(_scale) * LogNormal(0.35), shared: 0.75);
            AddPair(_processes[0], process, 3 * LogNormal(0.5), shared: 0.5);
        }

        while (_processes.Count < processes)
            AddApp();
    }

    private void AddApp()
    {
        PhoneProcess server = Find(SystemServer);
        PhoneProcess app = AddProcess($"com.example.app{_lastPid}", isApp: true);
        AddPair(app, server, 22 * Math.Sqrt(_scale) * LogNormal(0.35), shared: 0.85);
        AddPair(server, app, 3.3 * _scale * LogNormal(1.0), shared: 0.1);
        for (int other = _random.Next(4); other > 0; other--)
        {
            PhoneProcess owner = _processes[2 + _random.Next(_processes.Count - 2)];
            if (owner != app && !_pairs.Exists(pair => pair.Holder == app && pair.Owner == owner))
                AddPair(app, owner, 1.5 * LogNormal(0.8), shared: 0.5);
        }
    }

    private PhoneProcess AddProcess(string name, bool isApp)
    {
        PhoneProcess process = new(name, isApp) { Pid = NextPid() };
        _processes.Add(process);
        return process;
    }

    private PhonePair AddPair(PhoneProcess holder, PhoneProcess owner, double level, double shared)
    {
        PhonePair pair = new(holder, owner, shared) { Level = Math.Max(1, level) };
        _pairs.Add(pair);
        Settle(pair);
        return pair;
    }

    private PhoneProcess Find(string name) => _processes.First(process => process.Name == name);

    private void Restart(PhoneProcess app)
    {
        app.Pid = NextPid();
        app.Shared.Clear();
        foreach (PhonePair pair in _pairs.Where(pair => pair.Holder == app || pair.Owner == app))
        {
            SetCount(pair, 0);
            (pair.Leaked, pair.Warmth) = (0, 0.3 + (0.7 * _random.NextDouble()));
            Settle(pair);
        }
    }

    private void Exit(PhoneProcess app)
    {
        _processes.Remove(app);
        _pairs.RemoveAll(pair => pair.Holder == app || pair.Owner == app);
    }

    private int NextPid() => _lastPid += 1 + _random.Next(20);

    /// <summary>Gives a pair as many handles as it has now: its level, with noise, and what it leaked.</summary>
    private void Settle(PhonePair pair)
    {
        double usual = pair.Level * pair.Warmth * LogNormal(0.06);
        SetCount(pair, Math.Max(1, (int)Math.Round(usual)) + pair.Leaked);
    }

    private void SetCount(PhonePair pair, int count)
    {
        while (pair.Nodes.Count > count)
        {
            // What was leaked is never dropped, and it is the newest.
            int index = _random.Next(Math.Max(1, pair.Nodes.Count - pair.Leaked));
            pair.Nodes.RemoveAt(index);
        }

        HashSet<PhoneNode> held = [.. pair.Nodes];
        while (pair.Nodes.Count < count)
        {
            PhoneNode? node = null;
            if (pair.Nodes.Count + pair.Leaked < count && _random.NextDouble() < pair.SharedShare)
                node = pair.Owner.Shared.Find(each => !held.Contains(each));
            if (node is null)
            {
                node = new PhoneNode(_lastId += 1 + _random.Next(5), pair.Owner);
                if (_random.NextDouble() < pair.SharedShare)
                    pair.Owner.Shared.Add(node);
            }

            held.Add(node);
            pair.Nodes.Add(node);
        }
    }

    private double LogNormal(double deviation)
    {
        double normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
        return Math.Exp(deviation * normal);
    }

    /// <summary>Generates random numbers: those of <see cref="Random"/> are alike for seeds that are near each other.</summary>
    internal sealed class SplitMix(int seed) : Random
    {
        private ulong _state = (ulong)(uint)seed + 1;

        protected override double Sample()
        {
            _state += 0x9E3779B97F4A7C15UL;
            ulong z = _state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
        }
    }
}

/// <summary>Represents a process.</summary>
internal sealed class PhoneProcess(string name, bool isApp)
{
    internal string Name { get; } = name;

    internal bool IsApp { get; } = isApp;

    internal int Pid { get; set; }

    /// <summary>Gets the nodes that several processes may hold, such as services.</summary>
    internal List<PhoneNode> Shared { get; } = [];
}

/// <summary>Represents a node, which is only equal to itself.</summary>
internal sealed record PhoneNode(long Id, PhoneProcess Owner)
{
    public bool Equals(PhoneNode? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => Id.GetHashCode();
}

/// <summary>Represents the nodes of an owner that a holder has.</summary>
internal sealed class PhonePair(PhoneProcess holder, PhoneProcess owner, double sharedShare)
{
    internal PhoneProcess Holder { get; } = holder;

    internal PhoneProcess Owner { get; } = owner;

    internal double SharedShare { get; } = sharedShare;

    internal List<PhoneNode> Nodes { get; } = [];

    /// <summary>Gets or sets the number of handles it has on average.</summary>
    internal double Level { get; set; }

    /// <summary>Gets or sets the share of the level that it has reached since it started, 0 to 1.</summary>
    internal double Warmth { get; set; } = 1;

    internal int Leaked { get; set; }
}
