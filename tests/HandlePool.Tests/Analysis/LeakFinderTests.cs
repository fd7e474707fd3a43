using System.Globalization;
using System.Text;
using HandlePool.Analysis;
using HandlePool.Dumps;

namespace HandlePool.Tests.Analysis;

public class LeakFinderTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(99, false)]
    [InlineData(100, true)]
    public void An_outlying_pair_is_a_suspect_from_100_handles(int handles, bool isSuspect)
    {
        IReadOnlyList<HandleLeakSuspect> suspects = LeakFinder.Find([Phone(leak: handles, other: 10)]).Suspects;

        Assert.Equal(isSuspect, suspects.Count == 1);
        if (isSuspect)
            Assert.Equal([HandleLeakKind.Size, HandleLeakKind.SingleHolder], suspects[0].Kinds.Order());
    }

    [Theory]
    [InlineData(600, 150, true)]
    [InlineData(599, 150, false)]
    public void A_pair_is_an_outlier_at_four_times_the_handles_of_peers_that_are_alike(int handles, int others, bool isSuspect) =>
        Assert.Equal(isSuspect, LeakFinder.Find([Phone(handles, others)]).Suspects.Count == 1);

    [Fact]
    public void A_growing_pair_is_the_only_suspect_with_its_rates_and_its_new_nodes()
    {
        HandleSession[] series = [.. Enumerable.Range(0, 4).Select(hour => Phone(leak: 20 + (100 * hour), other: 20, Start.AddHours(2 * hour)))];

        HandleLeakSuspect suspect = Assert.Single(LeakFinder.Find(series).Suspects);

        Assert.Equal(("app0", "server", 320, 300), (suspect.HolderName, suspect.OwnerName, suspect.Handles, suspect.Growth));
        Assert.Equal(HandleLeakKind.Growth, suspect.Kinds[0]);
        Assert.Equal([20, 120, 220, 320], suspect.Counts);
        Assert.Equal(100, suspect.GrowthPerDump!.Value, precision: 6);
        Assert.Equal(50, suspect.GrowthPerHour!.Value, precision: 6);
        Assert.Equal(2_500, suspect.Limit!.Handles);
        Assert.Equal((2_500 - 320) / 50.0, suspect.TimeToLimit!.Value.TotalHours, precision: 6);
        Assert.Equal(300, suspect.References.Count);
        Assert.Equal(1, suspect.Rank);
        Assert.Equal(suspect.TimeToLimit, suspect.EarliestTimeToLimit);
        Assert.Equal(suspect.TimeToLimit, suspect.LatestTimeToLimit);
        Assert.Equal("app0 (100) holds 320 handles of server (1), 300 more than 3 dumps earlier and rising steadily. The other 7 pairs typically "
            + "changed by 0. That is 100 per dump and 50 per hour; at this rate it reaches 2500 (libbinder's limit of the proxies that one "
            + "process holds to one uid) in 44 hours. The 7 other holders of server typically hold 20, and 100 handles or more are suspicious. It is "
            + "the only holder of all 320 nodes.", suspect.Reason);
    }

    [Fact]
    public void An_owner_may_be_held_in_another_context_than_its_own()
    {
        const int Holders = 8, Each = 400;
        StringBuilder text = new("binder state:\nproc 100 (owner)\ncontext binder\n");
        for (int node = 1; node <= Holders * Each; node++)
            text.Append(CultureInfo.InvariantCulture, $"  node {node}: u{node:x} c{node:x} hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc {200 + ((node - 1) / Each)}\n");
        for (int holder = 0; holder < Holders; holder++)
        {
            text.Append(CultureInfo.InvariantCulture, $"proc {200 + holder}\ncontext hwbinder\n");
            for (int index = 1; index <= Each; index++)
                text.Append(CultureInfo.InvariantCulture, $"  ref {100_000 + (Each * holder) + index}: desc {index} node {(Each * holder) + index} s 1 w 1 d 0\n");
        }

        using MemoryStream stream = new(Encoding.UTF8.GetBytes(text.ToString()));
        IReadOnlyList<HandleLeakSuspect> suspects = LeakFinder.Find([DumpReader.Read(stream, "state")[0].Session]).Suspects;

        HandleLeakSuspect sum = suspects.Single(suspect => suspect.Holder is null);
        Assert.Equal((100, "hwbinder", Holders * Each), (sum.Owner!.Id, sum.Context, sum.Handles));
    }

    [Fact]
    public void The_references_of_a_suspect_stay_as_they_were_found()
    {
        HandleSession session = Phone(leak: 400, other: 10);
        HandleProcess holder = session.GetProcess("app0");
        HandleLeakSuspect suspect = Assert.Single(LeakFinder.Find([session]).Suspects);
        (int, long, int)[] held = [.. holder.GetReferences().Where(reference => reference.OwnerName == "server")
            .Select(reference => (reference.Handle, reference.NodeId, reference.Strong))];

        foreach (HandleReference reference in holder.GetReferences())
            holder.DropReference(reference.Handle);

        Assert.Equal(held, suspect.References.Select(reference => (reference.Handle, reference.NodeId, reference.Strong)));
        Assert.All(suspect.References, reference => Assert.Same(holder, reference.Process));
        Assert.Same(suspect.References[399], suspect.References.Last());
        Assert.Equal(399, suspect.References.IndexOf(suspect.References[399]));
    }

    [Fact]
    public void An_owner_has_the_references_of_all_its_holders()
    {
        HandleSession session = Phone(leak: 900, other: 900);

        HandleLeakSuspect suspect = LeakFinder.Find([session]).Suspects.First(each => each.Holder is null);

        Assert.Equal(7_200, suspect.References.Count);
        Assert.Equal(session.GetProcesses().SelectMany(process => process.GetReferences()).Select(reference => (reference.ProcessName, reference.Handle)),
            suspect.References.Select(reference => (reference.ProcessName, reference.Handle)));
    }

    [Theory]
    [InlineData(new[] { 12, 12, 12, 412, 412, 412 }, "400 more than 5 dumps earlier, in one step between 'd2' and 'd3'", false)]
    [InlineData(new[] { 12, 12, 12, 12, 12, 412 }, "400 more than 5 dumps earlier, in one step between 'd4' and 'd5'", false)]
    [InlineData(new[] { 12, 11, 12, 11, 412, 411, 413, 412 }, "400 more than 7 dumps earlier, in one step between 'd3' and 'd4'", false)]
    [InlineData(new[] { 12, 12, 412 }, "400 more than 2 dumps earlier, in one step between 'd1' and 'd2'", false)]
    [InlineData(new[] { 12, 12, 212, 212, 212, 412, 412 }, "400 more than 6 dumps earlier, rising in 2 of 6 steps", true)]
    [InlineData(new[] { 12, 112, 112, 212, 212, 312 }, "300 more than 5 dumps earlier and rising steadily", true)]
    public void Growth_in_one_step_is_called_so_and_has_no_rate(int[] counts, string reason, bool hasRate)
    {
        HandleSession[] series = [.. counts.Select((count, index) => Phone(leak: count, other: 12, Start.AddHours(index)))];
        for (int index = 0; index < series.Length; index++)
            series[index].Name = FormattableString.Invariant($"d{index}");

        HandleLeakSuspect suspect = Assert.Single(LeakFinder.Find(series).Suspects);
        Assert.Contains(reason + ".", suspect.Reason);
        Assert.Equal(!hasRate, suspect.Reason.Contains("One step gives no rate.", StringComparison.Ordinal));
        Assert.Equal((hasRate, hasRate, hasRate), (suspect.GrowthPerDump is not null, suspect.TimeToLimit is not null, suspect.GrowthPerHour is not null));
        string answer = Reports.ReportReader.Of(series).Answer("How fast");
        Assert.Equal(!hasRate, answer.Contains("in one step", StringComparison.Ordinal));
    }

    [Fact]
    public void A_suspect_by_size_whose_count_falls_says_so()
    {
        HandleSession[] series = [Phone(leak: 712, other: 12), Phone(leak: 412, other: 12), Phone(leak: 212, other: 12)];

        HandleLeakSuspect suspect = Assert.Single(LeakFinder.Find(series).Suspects);
        Assert.EndsWith(" It fell from 712 to 212 over 2 dumps.", suspect.Reason);
        Assert.Equal("It fell from 712 to 212 over 2 dumps.", Reports.ReportReader.Of(series).Answer("How fast"));
    }

    [Fact]
    public void A_suspect_shows_what_is_usual_the_threshold_and_its_source()
    {
        HandleLeakSuspect suspect = LeakFinder.Find([Phone(leak: 20, other: 20), Phone(leak: 320, other: 21)]).Suspects[0];

        Assert.Equal([(HandleLeakKind.Growth, 300, 1, 100.0, HandleLeakBasis.Minimum), (HandleLeakKind.Size, 320, 21, 100.0, HandleLeakBasis.Minimum),
            (HandleLeakKind.SingleHolder, 320, 21, 100.0, HandleLeakBasis.Minimum)],
            suspect.Signs.Select(sign => (sign.Kind, sign.Measured, sign.Usual, sign.Threshold, sign.Basis)));
        Assert.Equal((1, 100, 3.2), (suspect.Usual, suspect.Threshold, suspect.Score));
        Assert.Null(suspect.EarliestDumpsToLimit);
        Assert.Null(suspect.LatestDumpsToLimit);
    }

    [Fact]
    public void The_first_reason_names_the_pair_and_the_others_go_on_from_there()
    {
        HandleLeakSuspect suspect = Assert.Single(LeakFinder.Find([Phone(leak: 100, other: 10)]).Suspects);

        Assert.Equal("app0 (100) holds 100 handles of server (1); the 7 other holders of server typically hold 10, and 100 handles or more are "
            + "suspicious. It is the only holder of all 100 nodes.", suspect.Reason);
    }

    [Fact]
    public void A_series_is_sorted_by_time()
    {
        HandleSession[] series = [.. Enumerable.Range(0, 4).Select(hour => Phone(20 + (100 * hour), 20, Start.AddHours(hour))).Reverse()];
        Assert.Equal([20, 120, 220, 320], LeakFinder.Find(series).Suspects[0].Counts);
    }

    [Fact]
    public void A_pair_that_rises_and_falls_is_not_growing()
    {
        int[] counts = [10, 70, 40, 90];
        Assert.Empty(LeakFinder.Find(counts.Select((count, hour) => Phone(count, 20, Start.AddHours(hour)))).Suspects);
    }

    [Fact]
    public void Counting_starts_over_when_a_process_was_restarted()
    {
        HandleSession[] series = [Phone(20, 20, Start), Phone(120, 20, Start.AddHours(1)), Phone(30, 20, Start.AddHours(2), pid: 900)];
        Assert.Empty(LeakFinder.Find(series).Suspects);
    }

    [Fact]
    public void Finding_leaks_needs_distinct_sessions()
    {
        HandleSession session = Phone(10, 10);
        Assert.Throws<ArgumentException>(() => LeakFinder.Find([]));
        Assert.Throws<ArgumentException>(() => LeakFinder.Find([session, session]));
    }

    [Theory]
    [InlineData(1, "1 minute")]
    [InlineData(1.04 * 60, "1 hour")]
    [InlineData(1.5 * 60, "1.5 hours")]
    [InlineData(49 * 60, "2 days")]
    public void Durations_in_reasons_have_the_singular(double minutes, string expected) => Assert.Equal(expected, LeakWords.Duration(TimeSpan.FromMinutes(minutes)));

    [Fact]
    public void A_rate_that_varies_gives_a_range_of_times()
    {
        int[] counts = [20, 90, 160, 190, 290, 330];
        HandleLeakSuspect suspect = LeakFinder.Find(counts.Select((count, hour) => Phone(count, 20, Start.AddHours(hour)))).Suspects[0];

        Assert.InRange(suspect.EarliestTimeToLimit!.Value.TotalHours, 20, suspect.TimeToLimit!.Value.TotalHours - 1);
        Assert.InRange(suspect.LatestTimeToLimit!.Value.TotalHours, suspect.TimeToLimit.Value.TotalHours + 1, 90);
        Assert.Contains(" days (", suspect.Reason.Replace(" hours (", " days (", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_leaking_holders_of_one_owner_do_not_hide_each_other_and_have_no_common_limit()
    {
        LeakSearch search = LeakFinder.Find([Android(("app0", 4_000), ("app1", 4_000))]);

        Assert.Equal([("app0", "system_server"), ("app1", "system_server")], search.Suspects.Select(suspect => (suspect.HolderName, suspect.OwnerName)));
        Assert.All(search.Suspects, suspect => Assert.Contains(HandleLeakKind.NearLimit, suspect.Kinds));
        Assert.All(search.Suspects, suspect => Assert.Contains("The count is 160% of 2500 (libbinder's limit of the proxies that one process holds to one uid; the warning comes at 2250).",
            suspect.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public void A_second_leaking_holder_does_not_hide_the_first() =>
        Assert.Equal(["app1", "app0"], LeakFinder.Find([Android(("app0", 194), ("app1", 202))]).Suspects.Select(suspect => suspect.HolderName));

    [Theory]
    [InlineData("com.android.systemui", 185, false)]
    [InlineData("com.android.systemui", 600, true)]
    [InlineData("com.example.app", 299, false)]
    [InlineData("com.example.app", 300, true)]
    public void The_system_server_may_hold_hundreds_of_handles_of_one_process(string owner, int handles, bool isSuspect)
    {
        Device device = new();
        HandleProcess server = device.Process(1, "system_server");
        device.Hold(server, device.Process(50, owner), handles);
        for (int app = 0; app < 8; app++)
        {
            HandleProcess process = device.Process(100 + app, $"app{app}");
            device.Hold(process, server, 20);
            device.Hold(server, process, 1 + app);
        }

        Assert.Equal(isSuspect, LeakFinder.Find([device.Build()]).Suspects.Count == 1);
    }

    [Fact]
    public void What_is_near_a_limit_is_named_even_if_all_are()
    {
        IReadOnlyList<HandleLeakSuspect> suspects = LeakFinder.Find([Phone(leak: 2_100, other: 2_100)]).Suspects;
        Assert.Equal(8, suspects.Count(suspect => suspect.Holder is not null && suspect.Kinds.Contains(HandleLeakKind.NearLimit)));
    }

    [Fact]
    public void Few_handles_each_of_very_many_holders_are_no_leak()
    {
        Device device = new();
        HandleProcess server = device.Process(1, "system_server");
        long first = device.Hold(device.Process(2, "app"), server, 25);
        for (int app = 0; app < 300; app++)
            device.Hold(device.Process(100 + app, $"app{app}"), server, 25, first);
        Assert.Empty(LeakFinder.Find([device.Build()]).Suspects);
    }

    [Fact]
    public void An_owner_whose_holders_all_have_too_much_is_named_once()
    {
        HandleLeakSuspect suspect = Assert.Single(LeakFinder.Find([Phone(leak: 300, other: 300)]).Suspects);
        Assert.Equal(("(all)", "server", 300), (suspect.HolderName, suspect.OwnerName, suspect.Usual));
        Assert.Equal("8 of the 8 holders of server (1) hold more than healthy phones show, typically 300 each. Together they hold 2400 handles.",
            suspect.Reason);
    }

    [Fact]
    public void An_owner_all_of_whose_holders_grow_alike_is_named_once()
    {
        HandleSession[] series = [Phone(20, 20, Start), Phone(120, 120, Start.AddHours(1)), Phone(190, 190, Start.AddHours(2))];
        HandleLeakSuspect suspect = Assert.Single(LeakFinder.Find(series).Suspects);
        Assert.Equal("(all) -> server", $"{suspect.HolderName} -> {suspect.OwnerName}");
        Assert.Contains("It grew with 8 of 8 holders.", suspect.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, false, 5, 20, 35, 45, 50)]
    [InlineData(1, true, 5, 20, 35, 55, 70)]
    [InlineData(2, true, 5, 20, 35, 45, 50)]
    public void Counts_that_rise_together_to_healthy_ones_after_a_boot_are_no_leak(double sensitivity, bool isSuspect, params int[] counts)
    {
        HandleSession[] series = [.. counts.Select(count => Android([.. Enumerable.Range(0, 8).Select(app => ($"app{app}", count))]))];

        HandleLeakSuspect[] suspects = [.. LeakFinder.Find(series, new LeakFinderOptions { Sensitivity = sensitivity }).Suspects];

        Assert.Equal(isSuspect ? ["(all) -> system_server"] : [], suspects.Select(suspect => $"{suspect.HolderName} -> {suspect.OwnerName}"));
    }

    [Theory]
    [InlineData(150, 1, 200, false)]
    [InlineData(150, 2, 200, true)]
    [InlineData(80, 1, 80, true)]
    [InlineData(80, 1, 200, false)]
    public void Minimum_and_sensitivity_move_the_threshold(int leak, double sensitivity, int minimum, bool isSuspect)
    {
        LeakFinderOptions options = new() { Sensitivity = sensitivity, MinimumHandles = minimum == 200 ? 100 : minimum };
        HandleSession session = minimum == 200 && leak == 150 ? Phone(leak, other: 40) : Phone(leak, other: 10);
        Assert.Equal(isSuspect, LeakFinder.Find([session], options).Suspects.Count > 0);
    }

    [Theory]
    [InlineData(1, 160, "healthy phones stay below 150.")]
    [InlineData(1.25, 160, "the threshold at this sensitivity is 120.")]
    public void Reasons_call_healthy_only_what_the_sensitivity_does_not_divide(double sensitivity, int leak, string expected)
    {
        HandleLeakSuspect suspect = LeakFinder.Find([Android(("app0", leak))], new LeakFinderOptions { Sensitivity = sensitivity }).Suspects[0];

        Assert.Contains(expected, suspect.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, 799, false)]
    [InlineData(400, 800, true)]
    [InlineData(60, 119, false)]
    [InlineData(60, 120, true)]
    public void A_pair_of_the_baseline_may_have_twice_its_highest_healthy_count(int healthy, int handles, bool isSuspect)
    {
        HandleBaseline baseline = HandleBaseline.Of([Phone(healthy, other: 40), Phone(healthy / 2, other: 40)]);

        LeakSearch search = LeakFinder.Find([Phone(handles, other: 40)], new LeakFinderOptions { Baseline = baseline });

        Assert.Equal(isSuspect, search.Suspects.Any(suspect => suspect.Signs[0].Basis == HandleLeakBasis.Baseline));
        Assert.Equal(isSuspect, search.Suspects.Count > 0);
    }

    [Theory]
    [InlineData(400, 800, "by the baseline, 800 or more are suspicious")]
    [InlineData(40, 120, "the baseline has up to 40: 100 handles or more are suspicious")]
    public void Reasons_name_the_baseline_where_it_decided(int healthy, int handles, string expected)
    {
        LeakFinderOptions options = new() { Baseline = HandleBaseline.Of([Phone(healthy, other: 40)]) };

        HandleLeakSuspect suspect = LeakFinder.Find([Phone(handles, other: 40)], options).Suspects[0];

        Assert.Contains(expected, suspect.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_reason_of_a_growth_names_the_baseline_where_it_decided()
    {
        LeakFinderOptions options = new() { Baseline = HandleBaseline.Of([Phone(300, other: 20)]) };

        HandleLeakSuspect suspect = LeakFinder.Find([Phone(100, 20), Phone(300, 20), Phone(500, 20)], options).Suspects[0];

        Assert.Equal((HandleLeakKind.Growth, 300.0, HandleLeakBasis.Baseline), (suspect.Signs[0].Kind, suspect.Signs[0].Threshold, suspect.Signs[0].Basis));
        Assert.Contains("By the baseline, a growth of 300 or more is suspicious.", suspect.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_baseline_has_pairs_of_names_and_of_roles()
    {
        HandleBaseline baseline = HandleBaseline.Of([Android(("app0", 30)), Android(("app0", 10)), Android(("app0", 20))]);

        Assert.Equal(3, baseline.Dumps);
        Assert.Contains(new HandleBaselinePair("binder", "app0", "system_server", 3, 20, 30), baseline.Pairs);
        Assert.Contains(new HandleBaselinePair("binder", "(other)", "(system)", 3, 22, 30), baseline.Pairs);
        Assert.Throws<ArgumentException>(() => HandleBaseline.Of([]));
        Assert.Throws<ArgumentException>(() => new HandleBaseline(1, [.. baseline.Pairs, baseline.Pairs[0]]));
    }

    [Fact]
    public void Counting_starts_over_at_a_reboot_with_a_note()
    {
        HandleSession[] series =
        [
            Phone(20, 20, Start), Phone(220, 20, Start.AddHours(1)),
            Phone(20, 20, Start.AddHours(2), serverPid: 2), Phone(40, 20, Start.AddHours(3), serverPid: 2),
        ];

        LeakSearch search = LeakFinder.Find(series);

        Assert.Empty(search.Suspects);
        Assert.Contains("are of different boots", Assert.Single(search.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Sessions_of_another_device_are_left_out_of_the_series()
    {
        Device other = new();
        other.Hold(other.Process(7, "one"), other.Process(8, "two"), 3);

        LeakSearch search = LeakFinder.Find([Phone(20, 20, Start), other.Build("other", Start.AddHours(1)), Phone(220, 20, Start.AddHours(2))]);

        Assert.Equal(2, search.Sessions.Count);
        Assert.Equal([20, 220], Assert.Single(search.Suspects).Counts);
        Assert.Contains("'other' was left out", Assert.Single(search.Notes), StringComparison.Ordinal);
    }

    /// <summary>Creates a session of a phone whose apps hold 22 handles of the system server, but for some.</summary>
    private static HandleSession Android(params (string Holder, int Handles)[] others)
    {
        Device device = new();
        HandleProcess server = device.Process(1, "system_server");
        for (int app = 0; app < 8; app++)
        {
            string name = $"app{app}";
            int handles = others.Where(other => other.Holder == name).Select(other => other.Handles).DefaultIfEmpty(22).First();
            device.Hold(device.Process(100 + app, name), server, handles, first: 10_000 * (app + 1));
        }

        return device.Build();
    }

    /// <summary>Creates a session of a server and eight apps that hold nodes of it; the first app holds a number of its own.</summary>
    private static HandleSession Phone(int leak, int other, DateTimeOffset? time = null, int pid = 100, int serverPid = 1)
    {
        Device device = new();
        HandleProcess server = device.Process(serverPid, "server");
        for (int app = 0; app < 8; app++)
            device.Hold(device.Process(app == 0 ? pid : 100 + app, $"app{app}"), server, app == 0 ? leak : other, first: 10_000 * (app + 1));
        return device.Build($"phone {leak} {time}", time);
    }

    [Fact]
    public void What_is_left_of_a_series_is_sorted_if_only_sessions_without_a_time_were_left_out()
    {
        Device other = new();
        for (int pid = 7_000; pid < 7_020; pid++)
            other.Process(pid, $"other{pid}");

        LeakSearch search = LeakFinder.Find([other.Build("other"), Phone(900, 20, Start.AddHours(2)), Phone(700, 20, Start.AddHours(1))]);

        Assert.Equal([Start.AddHours(1), Start.AddHours(2)], search.Sessions.Select(session => session.Time!.Value));
        Assert.Equal([700, 900], search.Suspects[0].Counts);
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(12, 1)]
    [InlineData(12, 4)]
    [InlineData(12, 6)]
    public void Those_that_leak_on_a_small_device_do_not_hide_each_other(int apps, int leaking)
    {
        HandleSession session = SmallDevice(apps, leaks: [.. Enumerable.Range(0, leaking).Select(app => 301 + app)]);

        Assert.Equal(Enumerable.Range(0, leaking).Select(app => $"app{app} -> system_server"), NamesOf([session]).Order());
    }

    [Theory]
    [InlineData(199, false)]
    [InlineData(200, true)]
    public void Peers_that_are_unlike_raise_a_threshold_to_twice_the_minimum_at_most(int handles, bool isSuspect)
    {
        Device device = new();
        HandleProcess server = device.Process(1, "server");
        for (int app = 0; app < 24; app++)
            device.Hold(device.Process(100 + app, $"app{app}"), server, app % 3 == 0 ? 4 : app % 3 == 1 ? 20 : 90);
        device.Hold(device.Process(99, "suspect"), server, handles);

        Assert.Equal(isSuspect ? ["suspect -> server"] : [], NamesOf([device.Build()]));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(12)]
    public void A_small_device_is_healthy_though_its_processes_are_unlike(int apps) => Assert.Empty(NamesOf([SmallDevice(apps)]));

    [Fact]
    public void The_system_server_that_leaks_of_one_app_is_found_on_a_device_without_names()
    {
        Device device = new();
        HandleProcess server = FillSmall(device, apps: 12, part: 1, hasNames: false);
        device.Hold(server, device.Process(110), 420);

        HandleLeakSuspect suspect = Assert.Single(LeakFinder.Find([device.Build()]).Suspects);
        Assert.Equal((1, 110), (suspect.Holder!.Id, suspect.Owner!.Id));
    }

    [Theory]
    [InlineData(0.1, 0.15, 0.3, 0.6, 1.0)]
    [InlineData(0.2, 0.4, 0.6, 0.8, 1.0)]
    [InlineData(0.5, 0.73, 0.86, 0.93, 0.96, 1.0)]
    [InlineData(0.4, 1.0)]
    public void Counts_that_all_rise_after_a_boot_are_no_leak(params double[] parts)
    {
        Assert.Empty(NamesOf(parts.Select((part, index) => SmallDevice(30, part, time: Start.AddMinutes(index)))));
        Assert.Equal(["app0 -> system_server"], NamesOf(parts.Select((part, index) =>
            SmallDevice(30, part, Start.AddMinutes(index), 301 * index / (parts.Length - 1)))));
    }

    [Fact]
    public void An_app_that_leaks_of_all_others_is_found_after_a_boot()
    {
        HandleSession[] series = [.. Enumerable.Range(0, 6).Select(step =>
        {
            Device device = new();
            FillSmall(device, apps: 30, part: 0.5 + (0.1 * step), hasNames: true);
            HandleProcess holder = device.Process(99, "holder");
            for (int app = 0; app < 30; app++)
                device.Hold(holder, device.Process(110 + app, $"app{app}"), 1 + (5 * step), first: 900_000 + (1000 * app));
            return device.Build($"d{step}", Start.AddMinutes(step));
        })];

        Assert.Equal(["holder -> (all)"], NamesOf(series));
    }

    /// <summary>Returns the pairs that are suspects.</summary>
    private static string[] NamesOf(IEnumerable<HandleSession> series) =>
        [.. LeakFinder.Find(series).Suspects.Select(suspect => $"{suspect.HolderName} -> {suspect.OwnerName}")];

    /// <summary>Creates a session of a device whose counts have reached a part of their levels; the first apps leak.</summary>
    private static HandleSession SmallDevice(int apps, double part = 1, DateTimeOffset? time = null, params int[] leaks)
    {
        Device device = new();
        HandleProcess server = FillSmall(device, apps, part, hasNames: true);
        for (int app = 0; app < leaks.Length; app++)
            device.Hold(device.Process(110 + app, $"app{app}"), server, leaks[app], first: 800_000 + (1000 * app));
        return device.Build($"part {part} of {apps} {time}", time);
    }

    /// <summary>Adds the system server, the system UI and their like, and apps, as on a healthy device.</summary>
    private static HandleProcess FillSmall(Device device, int apps, double part, bool hasNames)
    {
        HandleProcess server = device.Process(1, Name("system_server"));
        long node = 1;
        Exchange(device.Process(50, Name("com.android.systemui")), 80, 150);
        Exchange(device.Process(51, Name("com.android.launcher3")), 60, 60);
        Exchange(device.Process(52, Name("surfaceflinger")), 25, 30);
        for (int app = 0; app < apps; app++)
            Exchange(device.Process(110 + app, Name($"app{app}")), 12 + (7 * app % 20), 3 + (5 * app % 25));
        return server;

        string? Name(string name) => hasNames ? name : null;

        void Exchange(HandleProcess process, int held, int owned)
        {
            device.Hold(process, server, (int)Math.Ceiling(part * held), first: node);
            device.Hold(server, process, (int)Math.Ceiling(part * owned), first: node + 1000);
            node += 2000;
        }
    }

    [Theory]
    [InlineData(280, false)]
    [InlineData(405, true)]
    public void A_holder_that_only_lists_tell_of_may_be_the_context_manager(int nodes, bool isSuspect)
    {
        StringBuilder text = new("binder proc state:\nproc 1000\ncontext binder\n");
        for (int node = 1; node <= nodes; node++)
            text.Append(CultureInfo.InvariantCulture, $"  node {node}: u0000000000000001 c0000000000000002 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 300\n");
        using MemoryStream stream = new(Encoding.UTF8.GetBytes(text.ToString()));
        HandleSession session = DumpReader.Read(stream, "1000")[0].Session;
        Assert.Equal(isSuspect, LeakFinder.Find([session]).Suspects.Any(suspect => suspect.Holder?.Id == 300));
    }
}
