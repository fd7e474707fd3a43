using System.Globalization;
using System.Text;
using HandlePool.Dumps;

namespace HandlePool.Benchmarks.Leaks;

/// <summary>Specifies what a device of the corpus shows.</summary>
internal enum LeakCaseKind
{
    HealthyDump,
    HealthySeries,
    HealthyRestarts,
    HealthyReboot,
    OneInDump,
    OneInSeries,
    TwoDumps,
    SeveralOfOneOwner,
    SeveralOfOneHolder,
    SeveralInSeries,
    Slow,
    Alike,
    AlikeInSeries,
    Restarted,
    Rebooted,
}

/// <summary>Represents one device of the corpus: its dumps, and the pairs that leak.</summary>
internal sealed class LeakCase
{
    private const int Steps = 6;
    private const int SlowSteps = 12;

    private static readonly DateTime Start = new(2026, 11, 1, 8, 0, 0);

    private readonly Phone _phone;
    private readonly List<HandleSession> _sessions = [];
    private readonly Dictionary<(string Holder, string Owner), int> _leaks = [];

    private LeakCase(LeakCaseKind kind, int seed, int processes)
    {
        Kind = kind;
        _phone = new Phone((((seed * 1009) + (int)kind) * 1013) + processes, processes);
        Build();
    }

    internal LeakCaseKind Kind { get; }

    /// <summary>Gets whether nearly all apps leak alike, so that they are one leak of the owner.</summary>
    internal bool IsAlike => Kind is LeakCaseKind.Alike or LeakCaseKind.AlikeInSeries;

    internal IReadOnlyList<HandleSession> Sessions => _sessions;

    /// <summary>Gets the leaking pairs with the number of handles leaked by the last dump, which are more than 300 each.</summary>
    internal IReadOnlyDictionary<(string Holder, string Owner), int> Leaks => _leaks;

    internal static LeakCase Create(LeakCaseKind kind, int seed, int processes) => new(kind, seed, processes);

    private void Build()
    {
        switch (Kind)
        {
            case LeakCaseKind.HealthyDump:
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
            case LeakCaseKind.OneInDump:
                Plan(RandomPair());
                LeakAll(1);
                Dump();
                break;
            case LeakCaseKind.OneInSeries:
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
                Plan(RandomPair());
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
        using MemoryStream text = new(Encoding.ASCII.GetBytes(_phone.Write()));
        _sessions.Add(DumpReader.Read(text, name).Single().Session);
    }
}
