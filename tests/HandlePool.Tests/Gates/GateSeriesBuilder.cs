using HandlePool.Gates;
using HandlePool.Tests.Analysis;

namespace HandlePool.Tests.Gates;

/// <summary>Builds series of a device with a server and an app, and judges them by one rule.</summary>
internal static class GateSeriesBuilder
{
    internal static readonly DateTimeOffset Start = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);

    /// <summary>Returns a sample: the app holds a number of the server's nodes, and so does each of three other apps of others.</summary>
    internal static HandleSession Sample(string name, int handles, DateTimeOffset? time = null, int pid = 100, string? app = "app", int serverPid = 1,
        long firstNode = 1_000, int weakOnly = 0)
    {
        Device device = new();
        HandleProcess server = device.Process(serverPid, "server");
        for (int other = 0; other < 3; other++)
            device.Hold(device.Process(200 + other, $"other{other}"), server, 10, first: firstNode + (10 * other));
        HandleProcess holder = device.Process(pid, app);
        device.Hold(holder, server, handles - weakOnly, first: firstNode + 1_000);
        device.Hold(holder, server, weakOnly, first: firstNode + 100_000, strong: 0, weak: 1);
        return device.Build(name, time);
    }

    /// <summary>Returns samples with numbers of handles, an hour apart.</summary>
    internal static HandleSession[] Series(params int[] handles) => [.. handles.Select((count, hour) => Sample($"s{hour}", count, Start.AddHours(hour)))];

    internal static HandleGrowthTest Judge(IEnumerable<HandleSession> series, params HandleGrowthRule[] rules) => GrowthGate.Test(series, new HandleGrowthPolicy(rules));

    internal static HandleGrowthResult Only(IEnumerable<HandleSession> series, HandleGrowthRule rule) => Assert.Single(Judge(series, rule).Results);

    internal static HandleGrowthRule Pair(double? limit = null, double? perSample = null, double? perHour = null, int warmUp = 0, int? least = null,
        string holder = "app", string owner = "server", double? accepted = null) => new()
        {
            Name = "rule",
            Holder = holder,
            Owner = owner,
            Limit = limit,
            GrowthPerSample = perSample,
            GrowthPerHour = perHour,
            WarmUp = warmUp,
            MinimumSamples = least,
            AcceptedCount = accepted,
        };
}
