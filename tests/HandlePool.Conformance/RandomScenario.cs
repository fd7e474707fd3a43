using System.Globalization;

namespace HandlePool.Conformance;

/// <summary>Writes the steps of a random scenario: the same ones for the same seed and kernel. README.md has the steps.</summary>
/// <remarks>
/// It follows who holds what as far as it needs to, to choose steps that have an effect. A step that turns out to have none is left out by the
/// guest, so that each part of a scenario is a scenario.
/// </remarks>
internal sealed class RandomScenario
{
    /// <summary>Handles that no process reaches.</summary>
    private const int UnknownHandles = 100_000;

    private const int MaxOpens = 40;
    private const int LargestBurst = 200;
    private const int Cookies = 5;

    private readonly Random _random;
    private readonly bool _hasFreezeNotifications;
    private readonly List<string> _steps = [];
    private readonly List<Open> _opens = [];
    private int _moments;

    private RandomScenario(int seed, bool hasFreezeNotifications) => (_random, _hasFreezeNotifications) = (new Random(seed), hasFreezeNotifications);

    /// <summary>Returns the steps.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="steps">The least number of steps.</param>
    /// <param name="hasFreezeNotifications">Whether the kernel has them: Linux 6.12 on.</param>
    /// <param name="tracesBitmaps">Whether the scenario begins with <c>trace bitmaps</c>.</param>
    internal static IReadOnlyList<string> Create(int seed, int steps, bool hasFreezeNotifications, bool tracesBitmaps = false)
    {
        RandomScenario scenario = new(seed, hasFreezeNotifications);
        if (tracesBitmaps)
            scenario._steps.Add("trace bitmaps");
        scenario.Begin();
        int nextDump = steps / 4;
        while (scenario._steps.Count < steps)
        {
            scenario.Act();
            if (scenario._steps.Count < nextDump)
                continue;
            scenario.Dump();
            nextDump += steps / 4;
        }

        scenario.End();
        return scenario._steps;
    }

    private IEnumerable<Open> Living => _opens.Where(open => !open.IsDead);

    private void Begin()
    {
        foreach (string name in new[] { "mgr", "S1", "S2", "C1", "C2" })
            Start(name, "binder");
        foreach (string name in new[] { "mgrH", "H1" })
            Start(name, "hwbinder");
        Again("S1h", _opens[1], "hwbinder");
        Again("C1b", _opens[3], "binder");
    }

    private void Start(string name, string device)
    {
        Open open = new(name, device, _opens.Count);
        _steps.Add($"process {name} {device}");
        Introduce(open);
    }

    private void Again(string name, Open process, string device)
    {
        Open open = new(name, device, process.Process);
        _steps.Add($"again {process.Name} {name} {device}");
        Introduce(open);
    }

    /// <summary>Makes an open known to the others of its context, by way of the manager, and the others to it.</summary>
    private void Introduce(Open open)
    {
        _opens.Add(open);
        Open? manager = Living.FirstOrDefault(other => other.Device == open.Device && other.IsManager);
        if (manager is null)
        {
            _steps.Add($"manager {open.Name}");
            open.IsManager = true;
            return;
        }

        // A transaction to the manager from its own process is refused.
        if (manager.Process == open.Process)
            return;
        _steps.Add($"send {open.Name} {manager.Name} {open.Name}.0 keep");
        manager.Hold($"{open.Name}.0", 1, 0);
        IEnumerable<Open> others = Living.Where(other => other.Device == open.Device && other != open && other != manager);
        foreach (Open other in others.Where(other => manager.Holds($"{other.Name}.0")).ToArray())
        {
            _steps.Add($"send {manager.Name} {other.Name} {open.Name}.0 keep");
            _steps.Add($"send {manager.Name} {open.Name} {other.Name}.0 keep");
            other.Hold($"{open.Name}.0", 1, 0);
            open.Hold($"{other.Name}.0", 1, 0);
        }
    }

    private void Act()
    {
        switch (_random.Next(100))
        {
            case < 24:
                SendFresh();
                break;
            case < 34:
                PassOn();
                break;
            case < 52:
                ChangeCount();
                break;
            case < 66:
                DropSome(_random.Next(1, 4));
                break;
            case < 68:
                Burst();
                break;
            case < 72:
                Refused();
                break;
            case < 76:
                _steps.Add($"free {Pick().Name}");
                break;
            case < 88:
                Notification();
                break;
            case < 91:
                Freezing();
                break;
            case < 93:
                Unread();
                break;
            case < 95:
                Replace();
                break;
            case < 97:
                HandleZero();
                break;
            default:
                _steps.Add($"read {Pick().Name}");
                break;
        }
    }

    private Open Pick()
    {
        Open[] living = [.. Living];
        return living[_random.Next(living.Length)];
    }

    /// <summary>Returns two opens of which one can send to the other, or null.</summary>
    private (Open From, Open To)? PickPair()
    {
        Open from = Pick();
        IEnumerable<Open> others = Living.Where(to => to != from && to.Device == from.Device);
        Open[] known = [.. others.Where(to => from.Holds($"{to.Name}.0") || (to.IsManager && to.Process != from.Process))];
        return known.Length == 0 ? null : (from, known[_random.Next(known.Length)]);
    }

    private void SendFresh()
    {
        if (PickPair() is not var (from, to))
            return;
        Transfer(from, to, from, $"{from.Name}.{++from.Nodes}");
    }

    private void PassOn()
    {
        if (PickPair() is not var (from, to) || from.PickHeld(_random) is not { } node)
            return;
        Transfer(from, to, from, node);
    }

    /// <summary>Sends a node in one of the three ways, unless the receiver is frozen, which refuses calls once the node has arrived.</summary>
    private void Transfer(Open from, Open to, Open sender, string node)
    {
        bool isWeak = _random.Next(8) == 0;
        (int strong, int weak) = _random.Next(12) switch { < 6 => (1, 0), < 8 => (0, 1), < 10 => (1, 1), _ => (0, 0) };
        string options = $"{(isWeak ? " weakly" : "")}{(strong > 0 ? " keep" : "")}{(weak > 0 ? " keepweak" : "")}";
        int way = to.IsFrozen || from.IsFrozen ? 0 : _random.Next(4);
        bool canCall = to.Holds($"{from.Name}.0") || (from.IsManager && from.Process != to.Process);
        switch (way)
        {
            case 3 when canCall:
                bool holds = _random.Next(4) == 0;
                _steps.Add($"fetch {to.Name} {sender.Name} {node}{options}{(holds ? " hold" : "")}");
                break;
            case 2:
                _steps.Add($"call {from.Name} {to.Name} {node}{options}");
                break;
            default:
                _steps.Add($"send {from.Name} {to.Name} {node}{options}");
                break;
        }

        // A node that returns to its owner gives it no handle, and the strong count of a weak one is refused.
        if (!node.StartsWith($"{to.Name}.", StringComparison.Ordinal))
            to.Hold(node, isWeak && !to.Holds(node) ? 0 : strong, weak);
    }

    private void ChangeCount()
    {
        Open open = Pick();
        if (open.PickHeld(_random) is not { } node)
            return;
        (string command, int strong, int weak) = _random.Next(4) switch
        {
            0 => ("acquire", 1, 0),
            1 => ("increfs", 0, 1),
            2 => ("release", -1, 0),
            _ => ("decrefs", 0, -1),
        };
        _steps.Add($"{command} {open.Name} {node}");
        open.Hold(node, strong, weak);
    }

    private void DropSome(int count)
    {
        Open open = Pick();
        for (int i = 0; i < count && open.PickHeld(_random) is { } node; i++)
            Drop(open, node);
    }

    private void Drop(Open open, string node)
    {
        _steps.Add($"drop {open.Name} {node}");
        open.Forget(node);
    }

    /// <summary>Sends many nodes, so that the receiver's bitmap grows, and drops them in some order, so that it shrinks.</summary>
    private void Burst()
    {
        if (PickPair() is not var (from, to) || to.IsFrozen)
            return;
        int count = _random.Next(20, LargestBurst), first = from.Nodes + 1;
        for (int i = 0; i < count; i++)
            _steps.Add($"send {from.Name} {to.Name} {from.Name}.{++from.Nodes} keep");
        int[] order = [.. Enumerable.Range(first, count)];
        int kind = _random.Next(3);
        if (kind == 0)
            Array.Reverse(order);
        else if (kind == 1)
            _random.Shuffle(order);
        foreach (int number in order.Take(_random.Next(count / 2, count + 1)))
            _steps.Add($"drop {to.Name} {from.Name}.{number}");
    }

    private void Refused()
    {
        Open open = Pick();
        int unknown = UnknownHandles + _random.Next(1000);
        string command = _random.Next(5) switch { 0 => "acquire", 1 => "release", 2 => "increfs", 3 => "decrefs", _ => "transact" };
        _steps.Add($"{command} {open.Name} ={unknown}");
        if (open.PickHeld(_random) is { } node && !node.StartsWith($"{open.Name}.", StringComparison.Ordinal))
            _steps.Add($"transact {open.Name} {node}");
    }

    private void Notification()
    {
        Open open = Pick();
        string kind = _hasFreezeNotifications && _random.Next(2) == 0 ? "freeze" : "death";
        int cookie = _random.Next(1, Cookies + 1);
        string target = _random.Next(20) == 0 ? $"={UnknownHandles}" : open.PickAny(_random) is { } node ? node : $"={UnknownHandles}";
        int step = _random.Next(8);
        if (step < 4)
        {
            _steps.Add($"{kind} {open.Name} {target} {cookie}");
            open.Asked.Add((kind, target, cookie));
        }
        else if (open.Asked.Count > 0 && _random.Next(4) > 0)
        {
            (kind, target, cookie) = open.Asked[_random.Next(open.Asked.Count)];
            _steps.Add(step < 6 ? $"clear{kind} {open.Name} {target} {cookie}" : $"{kind}done {open.Name} {cookie}");
        }
        else
        {
            _steps.Add(step < 6 ? $"clear{kind} {open.Name} {target} {cookie}" : $"{kind}done {open.Name} {cookie}");
        }
    }

    private void Freezing()
    {
        Open open = Pick();
        bool isFrozen = _random.Next(3) > 0 && !open.IsManager;
        _steps.Add($"{(isFrozen ? "suspend" : "resume")} {open.Name}");
        foreach (Open same in _opens.Where(same => same.Process == open.Process))
            same.IsFrozen = isFrozen;
        if (isFrozen && _random.Next(2) == 0)
        {
            if (Living.FirstOrDefault(other => other.Process != open.Process && other.Holds($"{open.Name}.0")) is { } caller)
                _steps.Add($"call {caller.Name} {open.Name} -");
        }
    }

    /// <summary>Lets messages queue up, and reads them afterward.</summary>
    private void Unread()
    {
        _steps.Add("quiet on");
        for (int i = _random.Next(2, 8); i > 0; i--)
        {
            if (_random.Next(4) == 0)
                Freezing();
            else if (_random.Next(12) == 0)
                Exit();
            else
                Notification();
        }

        if (_random.Next(2) == 0)
            Dump();
        _steps.Add("quiet off");
        foreach (Open open in Living)
            _steps.Add($"read {open.Name}");
    }

    private void Replace()
    {
        if (_opens.Count >= MaxOpens)
            return;
        if (Exit() is { } gone)
            Start($"{gone.Name.Split('x')[0]}x{_opens.Count}", gone.Device);
    }

    private Open? Exit()
    {
        // Each context keeps three opens at least, so that there is something to do.
        Open gone = Pick();
        if (_opens.Count >= MaxOpens || Living.Count(open => open.Device == gone.Device && open.Process != gone.Process) < 3)
            return null;
        _steps.Add($"exit {gone.Name}");
        foreach (Open open in _opens.Where(open => open.Process == gone.Process))
            open.IsDead = true;

        // Without a manager, some process becomes it.
        foreach (string device in _opens.Where(open => open.Process == gone.Process && open.IsManager).Select(open => open.Device).ToArray())
        {
            if (Living.FirstOrDefault(open => open.Device == device && !open.IsFrozen) is { } next)
            {
                _steps.Add($"manager {next.Name}");
                next.IsManager = true;
            }
        }

        return gone;
    }

    private void HandleZero()
    {
        Open open = Pick();
        switch (_random.Next(4))
        {
            case 0:
                _steps.Add($"manager {open.Name}");
                break;
            case 1:
                _steps.Add($"acquire {open.Name} =0");
                break;
            case 2:
                _steps.Add($"increfs {open.Name} =0");
                break;
            default:
                _steps.Add($"{(_random.Next(2) == 0 ? "release" : "decrefs")} {open.Name} =0");
                break;
        }
    }

    private void Dump() => _steps.Add(string.Create(CultureInfo.InvariantCulture, $"dump m{++_moments:00}"));

    private void End()
    {
        foreach (Open open in Living)
            _steps.Add($"read {open.Name}");
        Dump();
    }

    private sealed class Open(string name, string device, int process)
    {
        private readonly Dictionary<string, (int Strong, int Weak)> _held = [];
        private readonly List<string> _order = [];

        internal string Name => name;

        internal string Device => device;

        internal int Process => process;

        internal bool IsManager { get; set; }

        internal bool IsDead { get; set; }

        internal bool IsFrozen { get; set; }

        internal int Nodes { get; set; }

        internal List<(string Kind, string Target, int Cookie)> Asked { get; } = [];

        internal bool Holds(string node) => _held.TryGetValue(node, out (int Strong, int Weak) counts) && counts.Strong > 0;

        internal void Hold(string node, int strong, int weak)
        {
            bool isNew = !_held.TryGetValue(node, out (int Strong, int Weak) counts);
            counts = (Math.Max(0, counts.Strong + strong), Math.Max(0, counts.Weak + weak));
            if (counts is (0, 0))
            {
                Forget(node);
                return;
            }

            _held[node] = counts;
            if (isNew)
                _order.Add(node);
        }

        internal void Forget(string node)
        {
            if (_held.Remove(node))
                _order.Remove(node);
        }

        /// <summary>Returns a node that it holds, but no node 0, by which the others are reached; or null.</summary>
        internal string? PickHeld(Random random) =>
            PickAny(random) is { } node && !node.EndsWith(".0", StringComparison.Ordinal) ? node : null;

        /// <summary>Returns a node that it holds, or null.</summary>
        internal string? PickAny(Random random) => _order.Count == 0 ? null : _order[random.Next(_order.Count)];
    }
}
