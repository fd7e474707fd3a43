using System.Globalization;
using HandlePool.Devices;
using HandlePool.Dumps;

namespace HandlePool.Tests.Devices;

/// <summary>What is said of a device that is watched: without waiting, as the clock is the test's.</summary>
public sealed class DeviceWatchTests : IDisposable
{
    private const string Logs = "/dev/binderfs/binder_logs";
    private static readonly DateTimeOffset Begin = new(2026, 11, 26, 8, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("watch").FullName;
    private readonly StoppedClock _clock = new(Begin);
    private readonly RecordedAdb _adb = RecordedAdb.Healthy();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_poll_counts_the_processes_by_name()
    {
        Show((5, 120, 1_000), (6, 30, 500));

        HandleSample[] samples = [.. Watch().Poll(CancellationToken.None)];

        Assert.Equal(["system_server (5)", "com.example.mail (6)"], samples.Select(sample => sample.Process));
        Assert.Equal([120, 30], samples.Select(sample => sample.Handles));
        Assert.All(samples, sample =>
        {
            Assert.Equal((HandleSampleEvent.None, 1, Begin, RecordedAdb.Serial), (sample.Event, sample.Poll, sample.Time, sample.Device));
            Assert.Null(sample.Rate);
            Assert.Equal(20_000, sample.Limit!.Handles);
        });
    }

    [Fact]
    public void A_planted_leak_is_said_with_a_rate_a_range_and_a_dump()
    {
        DeviceWatch watch = Watch();
        List<HandleSample> samples = [];
        for (int minute = 0; minute < 240 && !samples.Exists(sample => sample.Event == HandleSampleEvent.Leak); minute++)
        {
            Show((5, 3_000 + (minute % 7), 100_000 + minute), (6, 200 + (3 * minute) + (minute % 5), 1_000 + (9 * minute)));
            samples.AddRange(Poll(watch));
        }

        HandleSample leak = Assert.Single(samples, sample => sample.Event != HandleSampleEvent.None);
        Assert.Equal(("com.example.mail", HandleSampleEvent.Leak, true), (leak.ProcessName, leak.Event, leak.IsLeaking));
        Assert.InRange(leak.Handles!.Value, 600, 1_200);
        Assert.InRange(leak.Rate!.Value, 175, 185);
        Assert.InRange(180, leak.LowestRate!.Value, leak.HighestRate!.Value);
        Assert.InRange((20_000 - leak.Handles.Value) / 180.0, leak.EarliestForecast!.Value.TotalHours - 0.2, leak.LatestForecast!.Value.TotalHours + 0.2);
        Assert.Matches("^com.example.mail \\(6\\) grows as a leak does: \\d+ handles more, 1[78]\\d per hour\\.$", leak.Message);
        Assert.Equal(leak.Dump, Assert.Single(Directory.GetFiles(_folder)));
        Assert.Equal(2, Assert.Single(DumpReader.ReadFile(leak.Dump!)).Session.Processes);
    }

    [Theory]
    [InlineData(10 * 24 * 60, 3)]
    [InlineData(60, 3)]
    [InlineData(2, 0)]
    public void Leaks_of_half_of_the_processes_are_told_unless_the_device_has_just_started(int minutesSinceBoot, int told)
    {
        DeviceWatch watch = Watch(new WatchOptions());
        List<HandleSample> samples = [];
        for (int minute = 0; minute < 50; minute++)
        {
            _adb.Uptime = (minutesSinceBoot + minute) * 60;
            Show([.. Enumerable.Range(0, 6).Select(i => (5 + i, 300 + (i < 3 ? 0 : (60 + (5 * (i - 3))) * minute), 1_000L + minute))]);
            samples.AddRange(Poll(watch));
        }

        Assert.Equal(told, samples.Count(sample => sample.Event == HandleSampleEvent.Leak));
        Assert.Equal(told, samples.Where(sample => sample.IsLeaking).Select(sample => sample.ProcessId).Distinct().Count());
    }

    [Fact]
    public void A_threshold_and_a_rate_are_said_once()
    {
        DeviceWatch watch = Watch(new WatchOptions { Threshold = 150, RateThreshold = 60 });
        List<HandleSample> samples = [];
        for (int minute = 0; minute < 40; minute++)
        {
            Show((5, 100 + (2 * minute), minute), (6, 160, 10));
            samples.AddRange(Poll(watch));
        }

        Assert.Equal(["com.example.mail (6) has 160 handles, and the threshold is 150.", "system_server (5) gains 120 handles per hour, and the threshold is 60."],
            samples.Where(sample => sample.Event == HandleSampleEvent.Threshold).Select(sample => sample.Message));
        Assert.All(samples, sample => Assert.Null(sample.Dump));
    }

    [Fact]
    public void A_device_that_is_lost_comes_back_and_counts_go_on()
    {
        DeviceWatch watch = Watch(new WatchOptions { WarmUp = TimeSpan.Zero });
        Show((5, 100, 10));
        Poll(watch);
        _adb.IsLost = true;

        HandleSample lost = Assert.Single(Poll(watch));
        Assert.Equal((HandleSampleEvent.Lost, null), (lost.Event, lost.Process));
        Assert.Contains("not found", lost.Message, StringComparison.Ordinal);
        Assert.Empty(Poll(watch));

        _adb.IsLost = false;
        Show((5, 130, 20));
        Assert.Equal([HandleSampleEvent.Reconnected, HandleSampleEvent.None], Poll(watch).Select(sample => sample.Event));
        Show((5, 160, 30));
        Assert.Equal(60, Assert.Single(Poll(watch)).Growth);
    }

    [Fact]
    public void A_reboot_starts_all_counts_over()
    {
        DeviceWatch watch = Watch();
        for (int minute = 0; minute < 5; minute++)
        {
            Show((5, 100 + (50 * minute), minute));
            Poll(watch);
        }

        _adb.Boot = "another";
        HandleSample[] samples = [.. Poll(watch)];
        Assert.Equal([HandleSampleEvent.Rebooted, HandleSampleEvent.None], samples.Select(sample => sample.Event));
        Assert.Equal((0, null), (samples[1].Growth, samples[1].Rate));
    }

    [Fact]
    public void A_reused_pid_starts_over_by_its_counters_or_its_name()
    {
        DeviceWatch watch = Watch(new WatchOptions { WarmUp = TimeSpan.Zero });
        Show((5, 100, 1_000), (6, 50, 700));
        Poll(watch);
        Show((5, 400, 20), (6, 60, 720));
        HandleSample[] samples = [.. Poll(watch)];
        Assert.Equal([(5, HandleSampleEvent.Reused, 0), (6, HandleSampleEvent.None, 10)], samples.Select(sample => (sample.ProcessId!.Value, sample.Event, sample.Growth!.Value)));

        // A counter of 32 bits that overflows is no other process.
        Show((5, 400, 4_294_967_290), (6, 60, 720));
        Poll(watch);
        Show((5, 400, 5), (6, 60, 720));
        Assert.All(Poll(watch), sample => Assert.Equal(HandleSampleEvent.None, sample.Event));
    }

    [Fact]
    public void Processes_that_start_and_exit_are_said()
    {
        DeviceWatch watch = Watch();
        Show((5, 100, 10));
        Poll(watch);
        Show((5, 100, 11), (6, 7, 3));
        Assert.Contains(Poll(watch), sample => sample is { Event: HandleSampleEvent.Started, Process: "com.example.mail (6)", Message: "com.example.mail (6) has started." });
        Show((5, 100, 12));
        HandleSample exit = Assert.Single(Poll(watch), sample => sample.Event != HandleSampleEvent.None);
        Assert.Equal((HandleSampleEvent.Exited, 7), (exit.Event, exit.Handles));
    }

    [Theory]
    [InlineData("", "there are no statistics")]
    [InlineData("nonsense\n\0\u001b[31m", "there are no statistics")]
    [InlineData(null, "Permission denied")]
    public void An_answer_that_is_none_is_an_event_and_at_first_an_error(string? answer, string says)
    {
        DeviceWatch watch = Watch(new WatchOptions { WarmUp = TimeSpan.Zero });
        Show((5, 100, 10));
        Poll(watch);
        _adb.Files[$"{Logs}/stats"] = answer;
        HandleSample sample = Assert.Single(Poll(watch));
        Assert.Equal(HandleSampleEvent.Unreadable, sample.Event);
        Assert.Contains(says, sample.Message, StringComparison.Ordinal);
        Show((5, 101, 11));
        Assert.Equal(1, Assert.Single(Poll(watch)).Growth);

        _adb.Files[$"{Logs}/stats"] = answer;
        Assert.Equal(HandleErrorIds.DeviceRefused, Assert.Throws<HandleException>(() => Poll(Watch())).ErrorId);
        _adb.IsLost = true;
        Assert.Equal(HandleErrorIds.DeviceUnavailable, Assert.Throws<HandleException>(() => Poll(Watch())).ErrorId);
    }

    [Theory]
    [InlineData("\n  refs: 60 s", "\n  refs: 6", true, "the statistics are cut off in line 17")]
    [InlineData("\n  refs: 60 s", "\n", true, "process 6 has no line 'refs' that can be read")]
    [InlineData("\n  refs: 60 s 60 w 60\n", "\n  refs: ?\n", false, "process 6 has no line 'refs' that can be read")]
    [InlineData("\nproc 6\n", "\npr?c 6\n", false, "line 15 could not be read (a context without a 'proc' line before it, so that the lines of its process are not read): 'context binder'")]
    [InlineData("\nproc 6\n", "\n\u001b[31m!\n", true, "line 14 could not be read (unknown line): '[U+001B][31m!'")]
    [InlineData("\nproc 6\n", "\n", true, "the driver counts 5 processes and lists 2")]
    [InlineData("\nproc 4\n", "\n", true, "the statistics list no processes")]
    public void Statistics_that_are_not_whole_say_nothing_of_processes(string from, string to, bool endsThere, string says)
    {
        DeviceWatch watch = Watch(new WatchOptions { WarmUp = TimeSpan.Zero });
        ShowCounted(0);
        Poll(watch);
        ShowCounted(1);
        string whole = _adb.Files[$"{Logs}/stats"]!;
        int at = whole.IndexOf(from, StringComparison.Ordinal);
        _adb.Files[$"{Logs}/stats"] = whole[..at] + to + (endsThere ? "" : whole[(at + from.Length)..]);
        for (int i = 0; i < 2; i++)
        {
            HandleSample sample = Assert.Single(Poll(watch));
            Assert.Equal(HandleSampleEvent.Unreadable, sample.Event);
            Assert.Equal($"Device 'emulator-5554': {Logs}/stats: {says}.", sample.Message);
        }

        ShowCounted(7);
        Assert.All(Poll(watch), sample => Assert.Equal((HandleSampleEvent.None, 7), (sample.Event, sample.Growth)));

        void ShowCounted(int more)
        {
            Show((4, 40 + more, 10), (5, 50 + more, 10), (6, 59 + more, 10), (7, 70 + more, 10), (8, 80 + more, 10));
            _adb.Files[$"{Logs}/stats"] = _adb.Files[$"{Logs}/stats"]!.Replace("binder stats:\n", "binder stats:\nBC_TRANSACTION: 50\nproc: active 5 total 9\n", StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Lines_of_a_vendor_that_the_first_statistics_have_are_no_fault()
    {
        DeviceWatch watch = Watch();
        for (int minute = 0; minute < 3; minute++)
        {
            Show((5, 100, 10), (6, 50, 10));
            _adb.Files[$"{Logs}/stats"] = _adb.Files[$"{Logs}/stats"]!.Replace("  nodes: 1\n", $"  nodes: 1\n  vendor boost: {minute}\n", StringComparison.Ordinal);
            Assert.Equal(["system_server (5)", "com.example.mail (6)"], Poll(watch).Select(sample => sample.Process));
        }
    }

    [Fact]
    public void A_dump_that_cannot_be_written_is_an_event_and_the_watch_goes_on()
    {
        DeviceWatch watch = Watch(new WatchOptions { Threshold = 50, Folder = Path.Combine(_folder, "gone") });
        Show((5, 100, 10));
        Assert.Equal([HandleSampleEvent.DumpFailed, HandleSampleEvent.Threshold], Poll(watch).Select(sample => sample.Event));
        Assert.Equal(HandleSampleEvent.None, Assert.Single(Poll(watch)).Event);
    }

    [Fact]
    public void Dumps_of_one_second_are_two_files_and_two_times()
    {
        DeviceWatch watch = Watch(new WatchOptions { Threshold = 50, Folder = _folder });
        List<string> dumps = [];
        foreach ((int Id, int Handles, long Commands)[] processes in new[] { new[] { (5, 100, 10L), (6, 1, 10L) }, [(5, 100, 10L), (6, 60, 10L)] })
        {
            Show(processes);
            dumps.AddRange(watch.Poll(CancellationToken.None).Select(sample => sample.Dump).OfType<string>());
            _clock.Now += TimeSpan.FromMilliseconds(70);
        }

        Assert.Equal(["emulator-5554-20261126-080000.000Z.zip", "emulator-5554-20261126-080000.070Z.zip"], dumps.Select(Path.GetFileName));
        Assert.Equal([Begin, Begin.AddMilliseconds(70)], dumps.Select(dump => DumpReader.ReadFile(dump)[0].Session.Time));
    }

    [Fact]
    public void A_dump_that_lacks_the_state_is_an_event()
    {
        DeviceWatch watch = Watch(new WatchOptions { Threshold = 50, Folder = _folder });
        Show((5, 100, 10));
        _adb.Files[$"{Logs}/state"] = $"cat: {Logs}/state: Permission denied\n";

        IReadOnlyList<HandleSample> samples = Poll(watch);

        Assert.Equal([HandleSampleEvent.DumpFailed, HandleSampleEvent.Threshold], samples.Select(sample => sample.Event));
        Assert.StartsWith("The dump has no whole state. Device 'emulator-5554': binder_logs/state could not be taken:", samples[0].Message, StringComparison.Ordinal);
        Assert.Equal(samples[0].Dump, Assert.Single(Directory.GetFiles(_folder)));
    }

    [Fact]
    public void The_fastest_processes_are_shown_first_and_events_always()
    {
        DeviceWatch watch = Watch(new WatchOptions { Top = 1, Threshold = 90, WarmUp = TimeSpan.Zero, Includes = (name, id) => name == "system_server" || id > 6 });
        for (int minute = 0; minute < 5; minute++)
        {
            Show((5, 80, 10), (6, 500, 10), (7, 10 + minute, 10), (8, minute == 4 ? 95 : 40, 10));
            HandleSample[] samples = [.. Poll(watch)];
            int?[] expected = minute == 0 ? [5] : minute < 2 ? [5] : minute < 4 ? [7] : [8];
            Assert.Equal(expected, samples.Where(sample => minute == 4 ? sample.Event != HandleSampleEvent.None : true).Select(sample => sample.ProcessId));
        }
    }

    private DeviceWatch Watch(WatchOptions? options = null)
    {
        options ??= new WatchOptions { Folder = _folder };
        return new DeviceWatch(_adb.Device(), options with { Capture = new CaptureOptions { Clock = _clock, Timeout = TimeSpan.FromSeconds(1) } });
    }

    private IReadOnlyList<HandleSample> Poll(DeviceWatch watch)
    {
        IReadOnlyList<HandleSample> samples = watch.Poll(CancellationToken.None);
        _clock.Now += TimeSpan.FromMinutes(1);
        return samples;
    }

    private void Show(params (int Id, int Handles, long Commands)[] processes) => _adb.Files[$"{Logs}/stats"] = "binder stats:\n" + string.Concat(processes.Select(
        process => string.Create(CultureInfo.InvariantCulture,
            $"proc {process.Id}\ncontext binder\n  nodes: 1\n  refs: {process.Handles} s {process.Handles} w {process.Handles}\n  BC_TRANSACTION: {process.Commands}\n")));
}

/// <summary>Which counts of a process are a leak, on series made up from seeds.</summary>
public sealed class WatchedProcessTests
{
    private static readonly DateTimeOffset Begin = new(2026, 11, 26, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(20)]
    [InlineData(60)]
    [InlineData(400)]
    [InlineData(1_500)]
    public void A_leak_is_told_before_a_fifth_of_the_lowest_limit_that_kills(double perHour)
    {
        for (int seed = 0; seed < 12; seed++)
        {
            Random random = new(seed);
            WatchedProcess process = new(1, "binder", Begin);
            double leaked = 0;
            int garbage = 0;
            bool isTold = false;
            for (int poll = 0; poll < 20_000 && !isTold; poll++)
            {
                leaked += random.NextDouble() < 0.5 ? perHour / 60 : 0;
                garbage = garbage > 40 ? 0 : garbage + random.Next(5);
                process.Add(Begin.AddMinutes(poll / 2.0), 200 + (int)leaked + garbage, WatchOptions.DefaultWarmUp);
                isTold = process.BecomesLeak(WatchOptions.DefaultMinimumGrowth, rise: 1);
            }

            // The system server kills at 6,000.
            Assert.True(isTold, $"Seed {seed} was not told.");
            Assert.InRange(process.Handles, 400, 1_200);
        }
    }

    [Fact]
    public void A_healthy_process_is_never_told()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            Random random = new(seed);
            WatchedProcess process = new(1, "binder", Begin);
            double level = 0;
            int opened = 0;
            int garbage = 0;
            for (int poll = 0; poll < 1_500; poll++)
            {
                // Settles after the start, is used now and then, collects garbage, and varies.
                double settled = (seed % 2 == 0 ? 300 : 120) * (1 - Math.Exp(-poll / (10.0 + (seed % 7 * 20))));
                opened = random.Next(200) == 0 ? random.Next(0, 100) : opened;
                garbage = garbage > 60 ? 0 : garbage + random.Next(4);
                level += (-0.05 * level) + ((random.NextDouble() - 0.5) * 20);
                process.Add(Begin.AddMinutes(poll / 2.0), (int)Math.Max(0, 100 + (seed * 10) + settled + opened + garbage + level), WatchOptions.DefaultWarmUp);
                Assert.False(process.BecomesLeak(WatchOptions.DefaultMinimumGrowth, rise: 1), $"Seed {seed}, poll {poll}.");
            }
        }
    }

    [Fact]
    public void What_all_gain_after_a_boot_is_no_leak()
    {
        WatchedProcess process = new(1, "binder", Begin);
        for (int poll = 0; poll < 60; poll++)
        {
            process.Add(Begin.AddMinutes(poll / 2.0), 600 + (40 * poll), WatchOptions.DefaultWarmUp);
            Assert.False(process.BecomesLeak(WatchOptions.DefaultMinimumGrowth, rise: process.Rise ?? 1));
        }

        Assert.True(process.BecomesLeak(WatchOptions.DefaultMinimumGrowth, rise: 1));
    }

    [Fact]
    public void A_soak_of_weeks_takes_no_more_memory_than_one_of_hours_and_keeps_its_rate()
    {
        WatchedProcess process = new(1, "binder", Begin);
        for (int poll = 0; poll < 40_000; poll++)
            process.Add(Begin.AddMinutes(poll), 100 + (poll / 60), TimeSpan.Zero);

        Assert.Equal(39_999 / 60, process.Growth);
        Assert.Equal(1, process.Trend!.Value.Slope, precision: 3);
    }
}
