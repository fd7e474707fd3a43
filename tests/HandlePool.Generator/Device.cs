namespace HandlePool.Generator;

/// <summary>Specifies a device.</summary>
internal sealed record DeviceOptions
{
    /// <summary>Gets the seed, from which everything follows.</summary>
    internal int Seed { get; init; }

    internal required DeviceRelease Release { get; init; }

    internal IncidentKind Incident { get; init; }

    /// <summary>Gets the number of processes in context <c>binder</c>, at least 48: below, a phone has no native process that holds much.</summary>
    internal int Processes { get; init; } = 60;

    /// <summary>Gets the local time of the first report.</summary>
    internal DateTime Time { get; init; } = new(2026, 11, 20, 10, 30, 0);
}

/// <summary>Represents a device whose processes, handles and past are known: the truth behind its reports.</summary>
/// <remarks>
/// The counts are those of <see cref="Phone"/>. What leaks does so at an even rate since the device started, and at each limit somebody ends
/// and starts again, so that the past follows from the rate. Objects of apps are counted by Android as the driver does but for a few, and
/// those of the system's uids are passed on by others.
/// </remarks>
internal sealed class Device
{
    internal const int SystemUid = 1000;

    private const int FirstUid = 10_100;
    private const int PerUser = 100_000;
    private const int JniLimit = 51_200;

    private readonly Phone _phone;
    private readonly Random _random;
    private readonly Dictionary<PhoneProcess, DeviceProcess> _current = [];
    private readonly Dictionary<PhoneNode, DeviceNode> _nodes = [];
    private readonly Dictionary<string, (int Uid, string Suffix)> _identities = [];
    private readonly List<DeviceProcess> _hardware = [];
    private readonly List<DeviceIncident> _incidents = [];
    private readonly DateTime _started;
    private readonly int _limit;
    private readonly bool _isGoneAfterwards;
    private DateTime _leakBegan;
    private long _lastId = 1;
    private int _lastUid = FirstUid;
    private int _services;

    internal Device(DeviceOptions options)
    {
        Options = options;
        _random = new Phone.SplitMix(unchecked((options.Seed * 7919) + (int)options.Incident));
        _phone = new Phone(unchecked((options.Seed * 1009) + options.Release.Version), Math.Max(48, options.Processes));
        Time = options.Time;
        double hours = 20 + (20 * _random.NextDouble());
        _started = _leakBegan = Time.AddHours(-hours);
        Build();
        if (options.Incident == IncidentKind.None)
            return;

        string[] apps = [.. _phone.Apps];
        string app = apps[_random.Next(apps.Length)], other = apps[_random.Next(apps.Length)];
        (Holder, Owner, _limit) = options.Incident switch
        {
            IncidentKind.Kill => (Phone.SystemServer, app, 6_000),
            IncidentKind.Proxies => (app, other == app || _random.Next(2) == 0 ? Phone.SystemServer : other, options.Release.MapLimit),
            IncidentKind.Jni => ("surfaceflinger", app, JniLimit),
            _ => ("surfaceflinger", app, 2_500),
        };
        LeakInterface = $"{Owner}.I{(char)('A' + _random.Next(26))}Listener";
        _isGoneAfterwards = options.Incident is IncidentKind.Kill && _random.Next(3) == 0;

        // The last time that the limit was reached is so long ago that what has leaked since is no more than a state can show quickly.
        int times = options.Incident == IncidentKind.Native ? 1 : 1 + _random.Next(3);
        double rest = Math.Min(0.05 + (0.85 * _random.NextDouble()), 4_500.0 / _limit);
        PerHour = _limit * (times + (options.Incident == IncidentKind.Native ? 0.1 * rest : rest)) / hours;
        Leak();
    }

    internal DeviceOptions Options { get; }

    /// <summary>Gets the local time of the report.</summary>
    internal DateTime Time { get; private set; }

    /// <summary>Gets the name of the process that holds too much; empty if nothing leaks.</summary>
    internal string Holder { get; } = "";

    /// <summary>Gets the name of the process whose nodes it holds.</summary>
    internal string Owner { get; } = "";

    /// <summary>Gets the number of handles that leak in an hour; 0 if nothing leaks.</summary>
    internal double PerHour { get; }

    /// <summary>Gets the interface of what leaks.</summary>
    internal string LeakInterface { get; } = "";

    /// <summary>Gets the processes in the order in which they started.</summary>
    internal IReadOnlyList<DeviceProcess> Processes { get; private set; } = [];

    /// <summary>Gets what has happened since the device started, in order.</summary>
    internal IReadOnlyList<DeviceIncident> Incidents => _incidents;

    /// <summary>Gets the processes that ended in them, which run no more.</summary>
    internal IEnumerable<DeviceProcess> Ended => _incidents.SelectMany(incident => incident.Victims).Where(victim => !Processes.Contains(victim));

    /// <summary>Gets the processes that started in the place of those that ended, and when.</summary>
    internal IEnumerable<(DateTime Time, DeviceProcess Process)> Restarted => _incidents.SelectMany((incident, index) => incident.Victims.Select(victim => (incident.Time.AddSeconds(1),
        _incidents.Skip(index + 1).SelectMany(later => later.Victims).Concat(Processes).FirstOrDefault(process => process.Name == victim.Name && process.Pid != victim.Pid))))
        .Where(each => each.Item2 is not null)!;

    internal DeviceProcess SystemServer => Find(Phone.SystemServer)!;

    /// <summary>Gets the nodes of registered services, in the order of the manager's handles.</summary>
    internal IEnumerable<DeviceNode> Services => Manager.Table.References.Values.Select(held => held.Node).Where(node => node is { Service: not null, IsDead: false });

    /// <summary>Gets the nodes whose owners have exited.</summary>
    internal IEnumerable<DeviceNode> DeadNodes => Processes.SelectMany(process => process.Tables).SelectMany(table => table.References.Values)
        .Select(held => held.Node).Where(node => node.IsDead).Distinct();

    private DeviceProcess Manager => Find(Phone.Manager)!;

    /// <summary>Returns a process that runs by its name, or by that of its package; null if it does not run.</summary>
    internal DeviceProcess? Find(string name) => _phone.Processes.FirstOrDefault(process => process.Name == name) is { } found ? _current[found] : null;

    /// <summary>Returns the references of a process to another one, in context <c>binder</c>.</summary>
    internal static IEnumerable<DeviceReference> Held(DeviceProcess holder, DeviceProcess owner) =>
        holder.Table.References.Values.Where(held => !held.Node.IsDead && held.Node.Table.Process == owner);

    /// <summary>Returns the proxies of a process that each uid sent it, as Android counts them, by uid.</summary>
    internal static IEnumerable<(int Uid, int Count)> CountSenders(DeviceProcess holder) => holder.Table.References.Values
        .Where(held => !held.Node.IsDead).GroupBy(held => held.SenderUid).OrderBy(group => group.Key).Select(group => (group.Key, group.Count()));

    /// <summary>Returns the proxies of a process of each interface, the most first.</summary>
    internal static IReadOnlyList<(string Name, int Count)> CountInterfaces(DeviceProcess holder) => [.. holder.Table.References.Values
        .GroupBy(held => held.Node.IsDead ? "<proxy to dead node>" : held.Node.Interface).Select(group => (group.Key, group.Count()))
        .OrderByDescending(each => each.Item2).ThenBy(each => each.Key, StringComparer.Ordinal)];

    /// <summary>Lets time pass until the next report.</summary>
    internal void Advance(TimeSpan time)
    {
        Time += time;
        _phone.Live(restarts: 0.02, new HashSet<string> { Holder, Owner, "surfaceflinger" });
        if (_limit > 0)
            Leak();
        else
            Synchronize();
    }

    private void Build()
    {
        Synchronize();
        // Those of the phone begin at 100.
        int pid = 40 + _random.Next(9);
        string[] names = ["hwservicemanager", "android.hardware.audio.service", "android.hardware.graphics.composer@2.4-service", "android.hardware.camera.provider@2.7-service"];
        int[] uids = [SystemUid, 1041, SystemUid, 1013];
        foreach ((string name, int uid) in names.Zip(uids))
            _hardware.Add(new DeviceProcess(pid += 1 + _random.Next(9), name, uid, null, isJava: false));
        DeviceTable manager = _hardware[0].HardwareTable;
        (manager.IsOpen, manager.IsManager) = (true, true);
        DeviceNode root = manager.AddNode(++_lastId, "android.hidl.manager@1.2::IServiceManager");
        DeviceTable[] clients = [.. _hardware.Skip(1).Append(SystemServer).Append(Find("surfaceflinger")!).Select(process => process.HardwareTable)];
        foreach (DeviceTable client in clients)
        {
            client.IsOpen = true;
            client.AddReference(++_lastId, root, SystemUid, strong: 1);
        }

        foreach (DeviceProcess server in _hardware.Skip(1))
        {
            string package = server.Name.Split("-service")[0].Replace(".service", "@6.0", StringComparison.Ordinal);
            for (int each = 1 + _random.Next(4); each > 0; each--)
            {
                DeviceNode node = server.HardwareTable.AddNode(++_lastId, $"{package}::I{(char)('A' + each)}Device");
                manager.AddReference(++_lastId, node, server.Uid, strong: 1);
                foreach (DeviceTable client in clients.Where(client => client.Process != server && _random.Next(2) == 0))
                    client.AddReference(++_lastId, node, server.Uid, strong: 1);
            }
        }

        Synchronize();
    }

    /// <summary>Plays the leak up to the present: at each time that the limit is reached, somebody ends.</summary>
    private void Leak()
    {
        if (Find(Owner) is null)
        {
            Synchronize();
            return;
        }

        double leaked = (Time - _leakBegan).TotalHours * PerHour;
        while (leaked >= _limit && !HasWarned())
        {
            DateTime reached = Whole(_leakBegan.AddHours(_limit / PerHour));
            Happen(reached);
            if (Options.Incident == IncidentKind.Native)
                break;
            (_leakBegan, leaked) = (reached, (Time - reached).TotalHours * PerHour);
        }

        if (Find(Owner) is not null)
            _phone.Leak(Holder, Owner, (int)leaked);
        Synchronize(leak: LeakInterface);

        bool HasWarned() => Options.Incident == IncidentKind.Native && _incidents.Count > 0;
    }

    private void Happen(DateTime time)
    {
        DeviceProcess holder = Find(Holder)!, owner = Find(Owner)!;
        (string kind, DeviceProcess[] victims, int? sender, int? count) = Options.Incident switch
        {
            IncidentKind.Kill => ("Kill", Array.FindAll([.. _current.Values], process => process.Uid == owner.Uid), (int?)owner.Uid, (int?)_limit),
            IncidentKind.Proxies => ("ProxyMapOverflow", [holder], owner.Uid, _limit + 1 + _random.Next(30)),
            IncidentKind.Jni => ("ReferenceTableOverflow", [owner], null, null),
            _ => ("ProxyLimit", [], owner.Uid, _limit),
        };

        // What else is counted: of a table 900 other references or more, of a sender its other objects, of a process all others that it holds.
        bool isOfSender = Options.Incident is IncidentKind.Kill or IncidentKind.Native;
        IEnumerable<DeviceReference> others = isOfSender ? Held(holder, owner) : holder.Table.References.Values;
        int leaked = count is { } counted ? counted - others.Count(held => held.Node.Interface != LeakInterface) : _limit - 900 - _random.Next(900);
        (string Name, int Count)[] interfaces = Options.Incident == IncidentKind.Jni
            ? [($"{LeakInterface}$Stub", leaked), ("java.lang.Class", 400), ("android.os.BinderProxy", 200)]
            : [(LeakInterface, leaked), .. CountInterfaces(holder).Where(each => each.Name != LeakInterface).Take(9)];
        List<(DateTime, int)> growth = [];
        if (Options.Incident is IncidentKind.Proxies)
            growth.AddRange(((int[])[6_000, 10_000, 15_000]).Select(number => (Whole(_leakBegan.AddHours(number / PerHour)), number)));
        else if (Options.Incident == IncidentKind.Kill && _incidents.Count == 0 && _random.Next(2) == 0)
            growth.Add((time.AddSeconds(-70), 7_000));
        _incidents.Add(new DeviceIncident(kind, time, victims, victims.Length == 0 ? null : victims[0].Uid,
            Options.Incident == IncidentKind.Jni ? owner : holder, sender, _limit, count, interfaces)
        {
            UidCounts = [.. CountSenders(holder).Where(each => each.Uid != owner.Uid).Append((owner.Uid, isOfSender ? _limit : leaked + 20)).Order()],
            Growth = growth,
        });
        foreach (DeviceProcess victim in victims)
        {
            string name = _current.First(each => each.Value == victim).Key.Name;
            if (_isGoneAfterwards && (Time - time).TotalHours * PerHour < _limit)
                _phone.Exit(name);
            else
                _phone.Restart(name);
        }

        Synchronize();
    }

    /// <summary>Makes processes, nodes and references those of the phone.</summary>
    private void Synchronize(string? leak = null)
    {
        foreach ((PhoneProcess old, DeviceProcess process) in _current.ToList())
        {
            if (!_phone.Processes.Contains(old) || old.Pid != process.Pid)
                Close(old, process);
        }

        foreach (PhoneProcess process in _phone.Processes.Where(process => !_current.ContainsKey(process)))
            _current.Add(process, Open(process));
        ILookup<PhoneProcess, PhonePair> held = _phone.Pairs.ToLookup(pair => pair.Holder);
        foreach (PhoneProcess holder in _phone.Processes)
        {
            DeviceTable table = _current[holder].Table;
            HashSet<DeviceNode> wanted = [];
            foreach (PhonePair pair in held[holder].Where(pair => pair.Owner != holder))
                wanted.UnionWith(pair.Nodes.Select(node => NodeOf(node, pair, leak)));
            if (holder.Name != Phone.Manager)
                wanted.Add(Manager.Table.Nodes[0]);
            foreach (DeviceReference gone in table.References.Values.Where(reference => !reference.Node.IsDead && !wanted.Contains(reference.Node)).ToList())
                table.Drop(gone);
            foreach (DeviceNode node in wanted.Where(node => table.Find(node) is null).OrderBy(node => node.Id))
                table.AddReference(++_lastId, node, SenderOf(node), strong: _random.Next(40) == 0 ? 0 : 1);
        }

        // A node that nobody holds is gone.
        foreach (DeviceProcess process in _current.Values)
            process.Table.Nodes.RemoveAll(node => node.Holders.Count == 0 && !(process.Table.IsManager && node == process.Table.Nodes[0]));
        foreach (PhoneNode gone in _nodes.Where(each => each.Value.Holders.Count == 0).Select(each => each.Key).ToList())
            _nodes.Remove(gone);
        Processes = [.. _phone.Processes.Select(process => _current[process]).Concat(_hardware).OrderBy(process => process.Pid)];
    }

    private DeviceProcess Open(PhoneProcess process)
    {
        if (!_identities.TryGetValue(process.Name, out (int Uid, string Suffix) identity))
        {
            identity = process.Name switch
            {
                Phone.SystemServer or Phone.Manager or "surfaceflinger" => (SystemUid, ""),
                "com.android.phone" => (1001, ""),
                "com.android.bluetooth" => (1002, ""),
                _ => (NextUid(), process.IsApp && _random.Next(8) == 0 ? ":remote" : ""),
            };
            _identities.Add(process.Name, identity);
        }

        bool isNative = process.Name is Phone.Manager or "surfaceflinger";
        string? package = isNative || process.Name == Phone.SystemServer ? null : process.Name;
        DeviceProcess opened = new(process.Pid, process.Name + identity.Suffix, identity.Uid, package, !isNative);
        opened.Table.IsOpen = true;
        if (process.Name == Phone.Manager)
        {
            opened.Table.IsManager = true;
            opened.Table.AddNode(_lastId, "android.os.IServiceManager");
        }

        return opened;
    }

    /// <summary>Returns another uid: sometimes that of the app before, which shares it, or one of another user.</summary>
    private int NextUid() => _random.Next(12) switch
    {
        0 => _lastUid,
        1 => (10 * PerUser) + ++_lastUid,
        _ => ++_lastUid,
    };

    private void Close(PhoneProcess old, DeviceProcess process)
    {
        _current.Remove(old);
        foreach (DeviceTable table in process.Tables)
        {
            foreach (DeviceReference held in table.References.Values.ToList())
                table.Drop(held);

            // The system server drops most of what has died at once.
            foreach (DeviceReference held in table.Nodes.SelectMany(node => node.Holders).ToList())
            {
                if (held.Table.Process.Name == Phone.SystemServer && _random.Next(8) == 0)
                    held.Node.IsDead = true;
                else
                    held.Table.Drop(held);
            }
        }
    }

    private DeviceNode NodeOf(PhoneNode node, PhonePair pair, string? leak)
    {
        if (_nodes.TryGetValue(node, out DeviceNode? known))
            return known;
        DeviceProcess owner = _current[pair.Owner];
        bool isLeaked = leak is not null && pair.Holder.Name == Holder && pair.Owner.Name == Owner;
        if (pair.Holder.Name == Phone.Manager)
        {
            (string service, string of) = Descriptors.OfService(_services++);
            known = owner.Table.AddNode(++_lastId, of, service);
        }
        else
        {
            known = owner.Table.AddNode(++_lastId, isLeaked ? leak! : Descriptors.Of(owner, _random));
        }

        _nodes.Add(node, known);
        return known;
    }

    /// <summary>Returns the uid of the process that passed on a node.</summary>
    private int SenderOf(DeviceNode node)
    {
        int owner = node.Table.Process.Uid;
        bool isPassedOn = owner >= FirstUid ? _random.Next(30) == 0 : _random.Next(7) == 0;
        return isPassedOn && node.Interface != LeakInterface ? _current.Values.ElementAt(_random.Next(_current.Count)).Uid : owner;
    }

    /// <summary>Cuts a time to milliseconds, as logs have it.</summary>
    private static DateTime Whole(DateTime time) => new(time.Ticks - (time.Ticks % TimeSpan.TicksPerMillisecond));
}
