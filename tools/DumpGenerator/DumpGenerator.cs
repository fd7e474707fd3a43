using System;
using System.Collections.Generic;
using System.Linq;

namespace HandlePoolTools;

/// <summary>What of an app grows without end.</summary>
public enum DumpLeakKind
{
    /// <summary>Strong references to nodes of a living process.</summary>
    Growth,

    /// <summary>References to dead nodes, of an app that exits again and again.</summary>
    Dead,

    /// <summary>References to nodes of a living process that have only a weak count.</summary>
    Weak,
}

/// <summary>Makes up a device's processes, nodes and references from a seed, and lets them live on from dump to dump.</summary>
public sealed class DumpGenerator
{
    private const int ServerIndex = 1;
    private const int FirstAppIndex = 2;

    // The part of the references of a pair that is replaced from dump to dump, and the part by which their number may be off.
    private const int ChurnPart = 12;
    private const int NoisePart = 16;

    private static readonly string[] Words =
        { "camera", "mail", "maps", "music", "notes", "phone", "photos", "settings", "video", "weather" };

    private readonly List<Process> _processes = new();
    private readonly List<Node> _dead = new();

    // Of each context the living processes by index: the manager, the server, the apps. A restarted app keeps its index.
    private readonly List<Process[]> _byIndex = new();
    private readonly List<Pair> _pairs = new();
    private readonly Dictionary<(int Context, int Holder, int Owner), Pair> _pairByIndex = new();
    private string[] _names;
    private int[] _leaks;
    private int _leakHolder = -1;
    private int _leakOwner = -1;
    private int _exitedLeakOwnerId;
    private int _leaked;
    private int _dumps;
    private ulong _state;
    private int _lastId;
    private int _lastProcessId;

    public int Processes;
    public int References;
    public int Seed;
    public int Contexts;
    public int Exits;
    public bool IsRust;
    public bool IsOld;
    public bool RunsOn;
    public bool HasNames;

    /// <summary>How many dumps there will be, over which the leak grows.</summary>
    public int Series = 1;

    /// <summary>How many references are leaked in the last dump.</summary>
    public int Leak;

    public DumpLeakKind LeakKind;

    /// <summary>The name of the process that leaks. By default an app; for dead nodes the server.</summary>
    public string LeakHolder;

    /// <summary>The name of the process whose nodes are leaked. By default the server; for dead nodes an app.</summary>
    public string LeakOwner;

    /// <summary>The pid of the process that leaks; 0 without a leak.</summary>
    public int LeakHolderId { get { return Leak == 0 ? 0 : _byIndex[0][_leakHolder].Id; } }

    /// <summary>The pid of the process whose nodes are leaked; if they are dead, the pid under which it exited last.</summary>
    public int LeakOwnerId
    {
        get { return Leak == 0 ? 0 : LeakKind == DumpLeakKind.Dead ? _exitedLeakOwnerId : _byIndex[0][_leakOwner].Id; }
    }

    /// <summary>How many references are leaked by now.</summary>
    public int Leaked { get { return _leaked; } }

    /// <summary>How many references of the leak's kind the holder has by now, the ordinary ones included.</summary>
    public int LeakHeld
    {
        get
        {
            if (Leak == 0)
                return 0;
            Process owner = LeakKind == DumpLeakKind.Dead ? null : _byIndex[0][_leakOwner];
            return _byIndex[0][_leakHolder].References.Count(reference => reference.Node.Owner == owner && !reference.Node.IsManagers
                && (LeakKind != DumpLeakKind.Weak || reference.Strong == 0));
        }
    }

    /// <summary>The living processes: each pid once, with its name.</summary>
    public IEnumerable<(int Id, string Name)> LivingProcesses
    {
        get { return _processes.Select(process => (process.Id, process.Name)).Distinct().OrderBy(process => process.Id); }
    }

    /// <summary>Goes on to the next dump: to the first, or from one to another.</summary>
    public void Advance()
    {
        _dumps++;
        if (_dumps > 1)
        {
            Live();
            return;
        }

        _state = (ulong)(uint)Seed + 1;
        _lastProcessId = 700 + (7 * (Processes + Exits));
        _names = Enumerable.Range(0, Processes + Exits)
            .Select(i => i == 0 ? "servicemanager" : i == ServerIndex ? "system_server" : "com.example." + Words[i % Words.Length] + i)
            .ToArray();
        if (Leak > 0)
            PlanLeak();
        for (int context = 0; context < Contexts; context++)
            Populate(context == 0 ? "binder" : "hwbinder", context);
        if (Series > 1)
            FindPairs();
    }

    /// <summary>Writes all processes, as the driver's file state.</summary>
    public void WriteState(DumpText text)
    {
        text.Add("binder state:\n");
        if (IsRust)
        {
            foreach (Process process in _processes)
                WriteProcess(text, process);
            return;
        }

        if (_dead.Count > 0)
        {
            text.Add("dead nodes:\n");
            foreach (Node node in _dead)
                WriteCNode(text, node);
        }

        for (int i = _processes.Count - 1; i >= 0; i--)
            WriteProcess(text, _processes[i]);
    }

    /// <summary>Writes the driver's statistics of the same moment.</summary>
    public void WriteStatistics(DumpText text)
    {
        text.Add("binder stats:\nBC_TRANSACTION: 81273\nBC_REPLY: 71231\n");
        foreach (Process process in _processes)
        {
            text.Add("proc ").Add(process.Id).Add("\ncontext ").Add(process.Context).Add("\n  threads: 3\n  requested threads: 0+2/15\n  nodes: ");
            text.Add(process.Nodes.Count).Add("\n  refs: ").Add(process.References.Count());
            text.Add(" s ").Add(process.References.Sum(reference => reference.Strong));
            text.Add(" w ").Add(process.References.Count()).Add("\n  buffers: 1\n");
        }
    }

    /// <summary>Writes a process in all its contexts, as the driver's file proc/PID.</summary>
    public void WriteProcess(DumpText text, int id)
    {
        foreach (Process process in _processes.Where(process => process.Id == id))
        {
            text.Add("binder proc state:\n");
            WriteProcess(text, process);
        }
    }

    // SplitMix64.
    private ulong NextUInt64()
    {
        _state += 0x9E3779B97F4A7C15UL;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    private int Next(int limit) { return (int)(NextUInt64() % (ulong)limit); }

    private int NextId() { return _lastId += 1 + Next(3); }

    /// <summary>Who leaks whose nodes, and how much of it in which dump.</summary>
    private void PlanLeak()
    {
        bool isDead = LeakKind == DumpLeakKind.Dead;
        _leakHolder = FindIndex(LeakHolder, isDead ? ServerIndex : -1);
        _leakOwner = FindIndex(LeakOwner, isDead ? -1 : ServerIndex);
        if (_leakHolder < 0)
            _leakHolder = ChooseApp(_leakOwner, ref LeakHolder);
        if (_leakOwner < 0)
            _leakOwner = ChooseApp(_leakHolder, ref LeakOwner);
        LeakHolder = _names[_leakHolder];
        LeakOwner = _names[_leakOwner];
        if (LeakHolder == LeakOwner)
            throw new ArgumentException("A process does not leak its own nodes: holder and owner are both " + LeakHolder + ".");
        if (isDead && _leakOwner < FirstAppIndex)
            throw new ArgumentException(LeakOwner + " does not exit, so that it has no dead nodes: the owner must be an app.");

        _leaks = new int[Series];
        int share = Leak / Series / 4;
        for (int i = 0; i < Series; i++)
            _leaks[i] = i == Series - 1 ? Leak : (int)((long)Leak * (i + 1) / Series) + Next((2 * share) + 1) - share;
    }

    private int FindIndex(string name, int byDefault)
    {
        return string.IsNullOrEmpty(name) ? byDefault : Array.IndexOf(_names, name, 0, Processes);
    }

    /// <summary>An app by chance, which takes the name that is asked for.</summary>
    private int ChooseApp(int other, ref string name)
    {
        int count = Processes - FirstAppIndex - (other >= FirstAppIndex ? 1 : 0);
        if (count < 1)
            throw new ArgumentException("There is no app that could leak or be leaked among " + Processes + " processes.");
        int index = FirstAppIndex + Next(count);
        if (other >= FirstAppIndex && index >= other)
            index++;
        if (!string.IsNullOrEmpty(name))
            _names[index] = name;
        return index;
    }

    private void Populate(string context, int index)
    {
        Process[] living = new Process[Processes];
        _byIndex.Add(living);
        Process manager = Add(context, 0, 500 + index, index == 0 ? _names[0] : "hwservicemanager");
        living[0] = manager;
        Node managersNode = AddNode(manager);
        managersNode.IsManagers = true;
        managersNode.Pointer = managersNode.Cookie = 0;
        Process server = null;
        List<Process> all = new();
        List<Process> exiting = new();
        for (int i = 1; i < Processes + Exits; i++)
        {
            Process process = Add(context, i, 700 + (i * 7), _names[i]);
            Hold(process, managersNode);
            (i >= Processes ? exiting : all).Add(process);
            if (i == ServerIndex)
                server = process;
            if (i < Processes)
                living[i] = process;
        }

        Process leakHolder = null;
        Process leakOwner = null;
        int leaking = 0;
        if (index == 0 && Leak > 0)
        {
            leakHolder = living[_leakHolder];
            leakOwner = living[_leakOwner];
            leaking = _leaks[0];
            if (LeakKind == DumpLeakKind.Dead)
                leakOwner = Exited(leakOwner, leakOwner.Id - 4);
        }

        // Half of the references are of the apps to the server, a third of the server to the apps, the others among apps.
        int wanted = (References / Contexts) - all.Count;
        List<Node> shared = new();
        for (int i = 0; i < wanted; i++)
        {
            // The leaked ones come in between, each at any time as likely as the others.
            while (leaking > 0 && Next(wanted - i + leaking) < leaking)
            {
                AddLeaked(leakHolder, leakOwner);
                leaking--;
            }

            Process app = all[Next(all.Count)];
            Process other = all[Next(all.Count)];
            int kind = Next(6);
            Process holder = kind < 3 ? app : kind < 5 ? server : other;
            Process owner = kind < 3 ? server : app;
            if (holder == owner)
                holder = manager;
            Node node;
            if (shared.Count > 0 && Next(4) == 0)
            {
                node = shared[Next(shared.Count)];
                if (node.Owner == holder || node.IsHeldBy(holder))
                    node = AddNode(owner);
            }
            else
            {
                node = AddNode(owner);
            }

            if (shared.Count < 500)
                shared.Add(node);
            Hold(holder, node);
        }

        for (; leaking > 0; leaking--)
            AddLeaked(leakHolder, leakOwner);

        // Here and there one is dropped again, so that handles are missing in between; a node that nobody holds is gone.
        foreach (Process process in all)
        {
            foreach (Reference reference in process.References.ToList())
            {
                if (!reference.Node.IsLeaked && Next(40) == 0 && !reference.Node.IsManagers)
                    Drop(reference);
            }
        }

        foreach (Process process in all)
            process.Nodes.RemoveAll(node => node.HolderCount == 0);

        foreach (Process process in exiting)
        {
            for (int i = 0; i < 3; i++)
                Hold(i == 0 ? server : all[Next(all.Count)], AddNode(process));
            foreach (Reference reference in process.References.ToList())
                Drop(reference);
            foreach (Node node in process.Nodes)
            {
                node.Owner = null;
                _dead.Add(node);
            }

            _processes.Remove(process);
        }
    }

    /// <summary>What goes on between two dumps.</summary>
    private void Live()
    {
        List<Change> changes = new();
        int leaking = Leak > 0 ? _leaks[_dumps - 1] - _leaked : 0;
        Process leakOwner = leaking > 0 ? _byIndex[0][_leakOwner] : null;
        Restart();

        // Those who hold dead nodes learn of the death, and drop them, sooner or later.
        foreach (Node node in _dead)
        {
            if (!node.IsLeaked)
                node.Holders().Where(_ => Next(2) == 0).ToList().ForEach(reference => changes.Add(new Change { Dropped = reference }));
        }

        PlanChurn(changes);
        for (int i = 0; i < leaking; i++)
            changes.Add(new Change { Holder = _byIndex[0][_leakHolder], Owner = leakOwner, IsLeak = true });

        // All in any order, so that the handles of what is leaked lie among those of the others.
        for (int i = changes.Count - 1; i > 0; i--)
        {
            int other = Next(i + 1);
            (changes[i], changes[other]) = (changes[other], changes[i]);
        }

        foreach (Change change in changes)
        {
            if (change.Dropped != null)
                Drop(change.Dropped);
            else if (change.IsLeak)
                AddLeaked(change.Holder, change.Owner);
            else
                Hold(change.Holder, ChooseNode(change.Holder, change.Owner));
        }

        foreach (Process process in _processes)
            process.Nodes.RemoveAll(node => node.HolderCount == 0 && !node.IsManagers);
        _dead.RemoveAll(node => node.HolderCount == 0);
    }

    /// <summary>
    /// Lets a few apps exit and start again: at least one in the second dump, and in two of three thereafter. The leak's holder does
    /// not exit, as its leak would be gone; neither does the owner, unless that is what the leak is.
    /// </summary>
    private void Restart()
    {
        bool isDead = LeakKind == DumpLeakKind.Dead;
        List<int> apps = Enumerable.Range(FirstAppIndex, Processes - FirstAppIndex)
            .Where(index => Leak == 0 || (index != _leakHolder && index != _leakOwner)).ToList();
        List<int> chosen = new();
        if (apps.Count > 0 && (_dumps == 2 || Next(3) > 0))
        {
            for (int count = 1 + Next(1 + (apps.Count / 25)); count > 0; count--)
            {
                int at = Next(apps.Count);
                chosen.Add(apps[at]);
                apps.RemoveAt(at);
            }
        }

        if (Leak > 0 && isDead)
            chosen.Add(_leakOwner);
        foreach (int index in chosen)
        {
            _lastProcessId += 7 * (1 + Next(9));
            foreach (Process[] living in _byIndex)
            {
                Process exiting = living[index];
                if (isDead && index == _leakOwner)
                    _exitedLeakOwnerId = exiting.Id;
                Exit(exiting);
                living[index] = Add(exiting.Context, index, _lastProcessId, exiting.Name);
                living[index].HeldNodesAtFirst = exiting.HeldNodesAtFirst;
                Hold(living[index], living[0].Nodes.First(node => node.IsManagers));
            }
        }
    }

    private void Exit(Process process)
    {
        foreach (Reference reference in process.References.ToList())
            Drop(reference);

        // Most learn of the death at once.
        foreach (Node node in process.Nodes)
        {
            foreach (Reference reference in node.Holders().ToList())
            {
                if (Next(10) > 0)
                    Drop(reference);
            }

            node.Owner = null;
            if (node.HolderCount > 0)
                _dead.Add(node);
        }

        _processes.Remove(process);
    }

    /// <summary>Finds how many references each process holds of which other. These numbers stay, whatever comes and goes.</summary>
    private void FindPairs()
    {
        foreach ((Pair pair, Reference _) in Ordinary(isFirst: true))
            pair.Target++;
        foreach (Process process in _processes)
            process.HeldNodesAtFirst = process.HeldNodes;
    }

    /// <summary>
    /// Chooses what is dropped and added until the next dump. The noise is drawn separately for each dump rather than added to what there
    /// is, so that no pair drifts.
    /// </summary>
    private void PlanChurn(List<Change> changes)
    {
        foreach (Pair pair in _pairs)
            pair.Count = 0;
        foreach ((Pair pair, Reference _) in Ordinary(isFirst: false))
            pair.Count++;
        foreach (Pair pair in _pairs)
        {
            int noise = pair.Target / NoisePart;
            int wanted = pair.Target + (noise > 0 ? Next((2 * noise) + 1) - noise : Next(8) switch { 0 => -1, 1 => 1, _ => 0 });
            int churn = (pair.Count / ChurnPart) + (Next(ChurnPart) < pair.Count % ChurnPart ? 1 : 0);
            pair.Dropping = Math.Min(pair.Count, Math.Max(churn, pair.Count - wanted));
            Process[] living = _byIndex[pair.Context];
            for (int i = pair.Count - pair.Dropping; i < wanted; i++)
                changes.Add(new Change { Holder = living[pair.Holder], Owner = living[pair.Owner] });
        }

        foreach ((Pair pair, Reference reference) in Ordinary(isFirst: false))
        {
            if (pair.Dropping > 0 && Next(pair.Count) < pair.Dropping)
            {
                changes.Add(new Change { Dropped = reference });
                pair.Dropping--;
            }

            pair.Count--;
        }
    }

    /// <summary>The references that come and go: not those to managers and dead nodes, and not what is leaked.</summary>
    private IEnumerable<(Pair Pair, Reference Reference)> Ordinary(bool isFirst)
    {
        for (int context = 0; context < _byIndex.Count; context++)
        {
            foreach (Process holder in _byIndex[context])
            {
                foreach (Reference reference in holder.References)
                {
                    Process owner = reference.Node.Owner;
                    if (reference.Node.IsManagers || reference.Node.IsLeaked || owner == null)
                        continue;
                    (int, int, int) key = (context, holder.Index, owner.Index);
                    if (!_pairByIndex.TryGetValue(key, out Pair pair) && isFirst)
                    {
                        pair = new Pair { Context = context, Holder = holder.Index, Owner = owner.Index };
                        _pairByIndex.Add(key, pair);
                        _pairs.Add(pair);
                    }

                    yield return (pair, reference);
                }
            }
        }
    }

    /// <summary>A node of a process that another does not hold yet: a new one, unless the owner has as many as at first.</summary>
    private Node ChooseNode(Process holder, Process owner)
    {
        // Of a few looked at, one may do; the others are this holder's already.
        for (int i = 0; i < 8 && owner.HeldNodes >= owner.HeldNodesAtFirst; i++)
        {
            Node node = owner.Nodes[Next(owner.Nodes.Count)];
            if (node.HolderCount > 0 && !node.IsLeaked && !node.IsManagers && !node.IsHeldBy(holder))
                return node;
        }

        return AddNode(owner);
    }

    private void AddLeaked(Process holder, Process owner)
    {
        Node node = AddNode(owner);
        node.IsLeaked = true;
        if (LeakKind == DumpLeakKind.Dead)
        {
            node.Owner = null;
            _dead.Add(node);
        }

        Reference reference = Hold(holder, node);
        reference.Strong = LeakKind == DumpLeakKind.Weak ? 0 : 1;
        _leaked++;
    }

    private Process Exited(Process process, int id)
    {
        _exitedLeakOwnerId = id;
        return new Process { Id = id, Index = process.Index, Name = process.Name, Context = process.Context };
    }

    private Process Add(string context, int index, int id, string name)
    {
        Process process = new() { Id = id, Index = index, Name = name, Context = context };
        _processes.Add(process);
        return process;
    }

    private Node AddNode(Process owner)
    {
        ulong heap = 0xB400007000000000UL + ((ulong)owner.Id << 20);
        Node node = new() { Id = NextId(), Owner = owner };
        node.Pointer = heap + ((ulong)Next(1 << 16) << 4);
        node.Cookie = heap + ((ulong)Next(1 << 16) << 4);
        owner.Nodes.Add(node);
        return node;
    }

    private Reference Hold(Process process, Node node)
    {
        int handle = node.IsManagers ? 0 : process.TakeHandle();
        bool isWeak = !node.IsManagers && Next(50) == 0;
        Reference reference = new()
        {
            Id = NextId(), Handle = handle, Node = node, Process = process, Strong = isWeak ? 0 : 1 + (Next(20) / 19),
            Death = Next(3) == 0 ? (uint)NextUInt64() : 0,
        };
        process.Set(handle, reference);
        if (node.HolderCount == 0 && node.Owner != null && !node.IsLeaked)
            node.Owner.HeldNodes++;
        node.AddHolder(reference);
        return reference;
    }

    private static void Drop(Reference reference)
    {
        reference.Process.Clear(reference.Handle);
        Node node = reference.Node;
        node.RemoveHolder(reference);
        if (node.HolderCount == 0 && node.Owner != null && !node.IsLeaked)
            node.Owner.HeldNodes--;
    }

    private void WriteProcess(DumpText text, Process process)
    {
        text.Add("proc ").Add(process.Id).Add(HasNames ? " (" + process.Name + ")\n" : "\n");
        if (!IsOld)
            text.Add("context ").Add(process.Context).Add("\n");
        for (int thread = 0; thread < 3; thread++)
        {
            text.Add("  thread ").Add(process.Id + thread).Add(thread == 0 ? ": l 12" : ": l 11");
            text.Add(IsRust ? " need_return false\n" : IsOld ? "\n" : " need_return 0 tr 0\n");
        }

        if (IsRust)
            WriteRust(text, process);
        else
            WriteC(text, process);
    }

    private void WriteC(DumpText text, Process process)
    {
        foreach (Node node in process.Nodes)
            WriteCNode(text, node);
        foreach (Reference reference in process.References)
        {
            WriteReference(text, reference);
            if (IsOld && reference.Death == 0)
                text.Add(" d           (null)\n");
            else
                text.Add(" d ").AddHex(reference.Death).Add("\n");
        }

        text.Add("  buffer ").Add(NextId()).Add(": 0 size ").Add(4 + (4 * Next(60))).Add(":0:0 delivered\n");
    }

    private void WriteCNode(DumpText text, Node node)
    {
        int strong = node.Holders().Count(reference => reference.Strong > 0);
        int own = node.IsManagers ? 1 : 0;
        WriteNode(text, node);
        if (!IsOld)
            text.Add(" pri 0:139");
        text.Add(strong + own > 0 ? " hs 1" : " hs 0").Add(" hw 1 ls ").Add(own).Add(" lw ").Add(own);
        text.Add(" is ").Add(strong).Add(" iw ").Add(node.HolderCount);
        if (!IsOld)
            text.Add(" tr 0");
        WriteHolders(text, node);
    }

    private void WriteRust(DumpText text, Process process)
    {
        foreach (Node node in process.Nodes)
        {
            int strong = (node.IsManagers ? 1 : 0) + node.Holders().Sum(reference => reference.Strong);
            WriteNode(text, node);
            text.Add(strong > 0 ? " hs true" : " hs false").Add(node.HolderCount > 0 ? " hw true" : " hw false");
            text.Add(" cs ").Add(strong).Add(" cw ").Add(node.HolderCount);
            WriteHolders(text, node);
        }

        foreach (Reference reference in process.References)
        {
            WriteReference(text, reference);
            if (!RunsOn)
                text.Add("\n");
        }

        if (Next(2) == 0)
            text.Add("  buffer 0: 0 size ").Add(8 * (1 + Next(30))).Add(" pid ").Add(process.Id).Add(" oneway false allocated\n");
        text.Add("\n");
    }

    private static void WriteNode(DumpText text, Node node)
    {
        text.Add("  node ").Add(node.Id).Add(": u").AddHex(node.Pointer).Add(" c").AddHex(node.Cookie);
    }

    private static void WriteHolders(DumpText text, Node node)
    {
        for (int i = node.HolderCount - 1; i >= 0; i--)
            text.Add(i == node.HolderCount - 1 ? " proc " : " ").Add(node.Holder(i).Process.Id);
        text.Add("\n");
    }

    private static void WriteReference(DumpText text, Reference reference)
    {
        text.Add("  ref ").Add(reference.Id).Add(": desc ").Add(reference.Handle);
        text.Add(reference.Node.Owner == null ? " dead node " : " node ").Add(reference.Node.Id);
        text.Add(" s ").Add(reference.Strong).Add(" w 1");
    }

    private sealed class Node
    {
        // Most nodes have one holder, and a dump of 1 GB has millions of nodes.
        private Reference _first;
        private List<Reference> _others;

        public int Id;
        public ulong Pointer;
        public ulong Cookie;
        public Process Owner;
        public bool IsManagers;
        public bool IsLeaked;

        public int HolderCount { get { return _first == null ? 0 : 1 + (_others == null ? 0 : _others.Count); } }

        public Reference Holder(int index) { return index == 0 ? _first : _others[index - 1]; }

        public IEnumerable<Reference> Holders()
        {
            for (int i = 0; i < HolderCount; i++)
                yield return Holder(i);
        }

        public bool IsHeldBy(Process process)
        {
            for (int i = 0; i < HolderCount; i++)
            {
                if (Holder(i).Process == process)
                    return true;
            }

            return false;
        }

        public void AddHolder(Reference reference)
        {
            if (_first == null)
                _first = reference;
            else
                (_others ??= new List<Reference>()).Add(reference);
        }

        public void RemoveHolder(Reference reference)
        {
            if (_first != reference)
            {
                _others.Remove(reference);
                return;
            }

            _first = null;
            if (_others != null && _others.Count > 0)
            {
                _first = _others[0];
                _others.RemoveAt(0);
            }
        }
    }

    // The weak count is always 1.
    private sealed class Reference
    {
        public int Id;
        public int Handle;
        public int Strong;
        public uint Death;
        public Node Node;
        public Process Process;
    }

    private sealed class Process
    {
        private readonly List<Reference> _byHandle = new() { null };
        private readonly PriorityQueue<int, int> _free = new();

        public int Id;
        public int Index;
        public string Name;
        public string Context;
        public readonly List<Node> Nodes = new();

        /// <summary>How many nodes others hold, but for what is leaked: now, and in the first dump of a series.</summary>
        public int HeldNodes;
        public int HeldNodesAtFirst;

        /// <summary>The references by ascending handle.</summary>
        public IEnumerable<Reference> References { get { return _byHandle.Where(reference => reference != null); } }

        /// <summary>The lowest unused handle, but for the manager's.</summary>
        public int TakeHandle()
        {
            if (_free.Count > 0)
                return _free.Dequeue();
            _byHandle.Add(null);
            return _byHandle.Count - 1;
        }

        public void Set(int handle, Reference reference) { _byHandle[handle] = reference; }

        public void Clear(int handle)
        {
            _byHandle[handle] = null;
            if (handle > 0)
                _free.Enqueue(handle, handle);
        }
    }

    /// <summary>How many references a process holds of another.</summary>
    private sealed class Pair
    {
        public int Context;
        public int Holder;
        public int Owner;
        public int Target;
        public int Count;
        public int Dropping;
    }

    /// <summary>A reference that is dropped, or one that is added.</summary>
    private struct Change
    {
        public Reference Dropped;
        public Process Holder;
        public Process Owner;
        public bool IsLeak;
    }
}
