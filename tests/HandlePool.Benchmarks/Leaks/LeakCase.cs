using System.Globalization;
using System.Text;
using HandlePool.Dumps;
using HandlePool.Generator;

namespace HandlePool.Benchmarks.Leaks;

/// <summary>Specifies what a device of the corpus shows.</summary>
internal enum LeakCaseKind
{
    HealthyDump,
    HealthySeries,
    HealthyRestarts,
    HealthyReboot,
    HealthyBoot,
    HealthyBootAgain,
    HealthyBootStatistics,
    HealthyWithoutNames,
    OneInDump,
    OneInSeries,
    TwoDumps,
    SeveralOfOneOwner,
    SeveralOfOneHolder,
    SeveralInSeries,
    ManyOfOneOwner,
    ManyInSeries,
    Slow,
    Alike,
    AlikeInSeries,
    Restarted,
    Rebooted,
    SinceBoot,
    WithoutNames,
    WithoutNamesInSeries,
}

/// <summary>Represents one device of the corpus: its dumps, and the pairs that leak.</summary>
internal sealed class LeakCase
{
    private const int Steps = 6;
    private const int SlowSteps = 12;

    /// <summary>The part of the apps that has started in the first dump after a boot.</summary>
    private const double StartedEarly = 0.6;

    private static readonly DateTime Start = new(2026, 11, 1, 8, 0, 0);

    private readonly Phone _phone;
    private readonly int _processes;
    private readonly List<HandleSession> _sessions = [];
    private readonly Dictionary<(string Holder, string Owner), int> _leaks = [];

    private LeakCase(LeakCaseKind kind, int seed, int processes)
    {
        Kind = kind;
        _processes = processes;
        bool starts = kind is LeakCaseKind.HealthyBoot or LeakCaseKind.HealthyBootStatistics or LeakCaseKind.SinceBoot;
        _phone = new Phone((((seed * 1009) + (int)kind) * 1013) + processes, starts ? Math.Max(9, (int)(StartedEarly * processes)) : processes);
        Build();
    }

    internal LeakCaseKind Kind { get; }

    /// <summary>Gets whether nearly all apps leak alike, so that they are one leak of the owner.</summary>
    internal bool IsAlike => Kind is LeakCaseKind.Alike or LeakCaseKind.AlikeInSeries;

    /// <summary>Gets whether at least half of the apps leak, so that their owner may be named for all of them.</summary>
    internal bool IsMost => 2 * _leaks.Count >= _phone.Apps.Count();

    internal IReadOnlyList<HandleSession> Sessions => _sessions;

    /// <summary>Gets the leaking pairs with the number of handles leaked by the last dump, which are more than 300 each.</summary>
    internal IReadOnlyDictionary<(string Holder, string Owner), int> Leaks => _leaks;

    internal static LeakCase Create(LeakCaseKind kind, int seed, int processes) => new(kind, seed, processes);

    /// <summary>Returns the pid of a process in the last dump.</summary>
    internal int PidOf(string name) => _phone.PidOf(name);

    private void Build()
    {
        switch (Kind)
        {
            case LeakCaseKind.HealthyDump:
            case LeakCaseKind.HealthyWithoutNames:
                Dump();
                break;
            case LeakCaseKind.HealthySeries:
                Run(Steps, restarts: 0.02);
                break;
            case LeakCaseKind.HealthyRestarts:
                Run(Steps, restarts: 0.3);
                break;
            case LeakCaseKind.HealthyReboot:
                Run(3, restarts: 0.02);
                _phone.Reboot();
                Run(3, restarts: 0.02);
                break;
            case LeakCaseKind.HealthyBoot:
            case LeakCaseKind.HealthyBootStatistics:
                Boot();
                break;
            case LeakCaseKind.HealthyBootAgain:
                Run(3, restarts: 0.02);
                _phone.Reboot();
                Boot();
                break;
            case LeakCaseKind.OneInDump:
            case LeakCaseKind.WithoutNames:
                Plan(RandomPair());
                LeakAll(1);
                Dump();
                break;
            case LeakCaseKind.OneInSeries:
            case LeakCaseKind.WithoutNamesInSeries:
                Plan(RandomPair());
                Run(Steps, restarts: 0.02);
                break;
            case LeakCaseKind.TwoDumps:
                Plan(RandomPair());
                Run(2, restarts: 0.02);
                break;
            case LeakCaseKind.SeveralOfOneOwner:
                foreach (string app in RandomApps(2 + _phone.Random.Next(3)))
                    Plan((app, Phone.SystemServer));
                LeakAll(1);
                Dump();
                break;
            case LeakCaseKind.SeveralOfOneHolder:
                foreach (string app in RandomApps(2 + _phone.Random.Next(3)))
                    Plan((Phone.SystemServer, app));
                LeakAll(1);
                Dump();
                break;
            case LeakCaseKind.SeveralInSeries:
                foreach (string app in RandomApps(2 + _phone.Random.Next(3)))
                    Plan(_phone.Random.Next(2) == 0 ? (app, Phone.SystemServer) : (Phone.SystemServer, app));
                Run(Steps, restarts: 0.02);
                break;
            case LeakCaseKind.ManyOfOneOwner:
                PlanMany();
                LeakAll(1);
                Dump();
                break;
            case LeakCaseKind.ManyInSeries:
                PlanMany();
                Run(Steps, restarts: 0.02);
                break;
            case LeakCaseKind.SinceBoot:
                Plan(RandomPair());
                Boot();
                break;
            case LeakCaseKind.Slow:
                Plan(RandomPair(), most: 500);
                Run(SlowSteps, restarts: 0.02);
                break;
            case LeakCaseKind.Alike:
                PlanAlike();
                LeakAll(1);
                Dump();
                break;
            case LeakCaseKind.AlikeInSeries:
                PlanAlike();
                Run(Steps, restarts: 0);
                break;
            case LeakCaseKind.Restarted:
                (string Holder, string Owner) leak = RandomPair();
                while (!_phone.Apps.Contains(leak.Holder) && !_phone.Apps.Contains(leak.Owner))
                    leak = RandomPair();
                Plan(leak);
                Run(3, restarts: 0.02);
                foreach (string app in _leaks.Keys.SelectMany(pair => (string[])[pair.Holder, pair.Owner]).Where(_phone.Apps.Contains))
                    _phone.Restart(app);
                Run(4, restarts: 0.02);
                break;
            case LeakCaseKind.Rebooted:
                Plan(RandomPair());
                Run(3, restarts: 0.02);
                _phone.Reboot();
                Run(4, restarts: 0.02);
                break;
        }
    }

    private (string, string) RandomPair()
    {
        string[] apps = RandomApps(2);
        return _phone.Random.Next(6) switch
        {
            0 or 1 or 2 => (apps[0], Phone.SystemServer),
            3 => (Phone.SystemServer, apps[0]),
            4 => (apps[0], apps[1]),
            _ => _phone.Random.Next(2) == 0 ? (Phone.SystemServer, "com.android.systemui") : ("com.android.systemui", Phone.SystemServer),
        };
    }

    private string[] RandomApps(int count)
    {
        string[] apps = [.. _phone.Apps];
        _phone.Random.Shuffle(apps);
        return apps[..count];
    }

    /// <summary>Plans a leak of 301 to 3,000 handles, small ones as likely as large ones.</summary>
    private void Plan((string, string) pair, int most = 3000) =>
        _leaks[pair] = (int)(301 * Math.Pow(most / 301.0, _phone.Random.NextDouble()));

    /// <summary>Plans leaks of 20% to 60% of the apps that are about alike, 301 to 1,000 handles each.</summary>
    private void PlanMany()
    {
        int each = (int)(301 * Math.Pow(1000 / 301.0, _phone.Random.NextDouble()));
        foreach (string app in RandomApps(Math.Max(2, (int)(_phone.Apps.Count() * (0.2 + (0.4 * _phone.Random.NextDouble()))))))
            _leaks[(app, Phone.SystemServer)] = each + _phone.Random.Next(40);
    }

    private void PlanAlike()
    {
        int each = 301 + _phone.Random.Next(300);
        string[] apps = [.. _phone.Apps];
        foreach (string app in apps[..Math.Max(3, apps.Length * 9 / 10)])
            _leaks[(app, Phone.SystemServer)] = each + _phone.Random.Next(40);
    }

    private void Run(int steps, double restarts)
    {
        HashSet<string> spared = [.. _leaks.Keys.SelectMany(pair => (string[])[pair.Holder, pair.Owner])];
        for (int step = 0; step < steps; step++)
        {
            if (step > 0)
                _phone.Live(restarts, spared);
            LeakAll((double)step / (steps - 1));
            Dump();
        }
    }

    /// <summary>Lets the counts rise to their levels in 5 to 8 dumps: fast at first, evenly, or late.</summary>
    private void Boot()
    {
        int steps = 5 + _phone.Random.Next(4);
        double first = 0.15 + (0.35 * _phone.Random.NextDouble());
        double bend = Math.Pow(3, (2 * _phone.Random.NextDouble()) - 1);
        for (int step = 0; step < steps; step++)
        {
            double part = (double)step / (steps - 1);
            double reached = first + ((1 - first) * Math.Pow(part, bend));
            _phone.Boot((int)(_processes * (StartedEarly + ((1 - StartedEarly) * part))), reached);
            LeakAll(part);
            Dump();
        }
    }

    /// <summary>Leaks a part of what is planned, not quite evenly.</summary>
    private void LeakAll(double part)
    {
        foreach (((string holder, string owner), int count) in _leaks)
        {
            double uneven = part is 0 or 1 ? part : Math.Clamp(part + (0.1 * (_phone.Random.NextDouble() - 0.5)), 0, 1);
            _phone.Leak(holder, owner, (int)Math.Ceiling(count * uneven));
        }
    }

    private void Dump()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"state-{Start.AddHours(_sessions.Count):yyyyMMdd-HHmmss}.txt");
        string written = Kind == LeakCaseKind.HealthyBootStatistics
            ? _phone.WriteStatistics()
            : _phone.Write(hasNames: Kind is not (LeakCaseKind.HealthyWithoutNames or LeakCaseKind.WithoutNames or LeakCaseKind.WithoutNamesInSeries));
        using MemoryStream text = new(Encoding.ASCII.GetBytes(written));
        _sessions.Add(DumpReader.Read(text, name).Single().Session);
    }
}
