using HandlePool.Analysis;

namespace HandlePool.Benchmarks.Leaks;

/// <summary>Counts what a search found in devices of one kind.</summary>
internal sealed class LeakScores
{
    internal int Devices { get; private set; }

    /// <summary>Gets the number of devices with a suspect that no leak explains.</summary>
    internal int Accused { get; private set; }

    internal int Leaks { get; private set; }

    internal int Found { get; private set; }

    internal int Suspects { get; private set; }

    internal int Right { get; private set; }

    /// <summary>Gets the share of devices on which nobody innocent is suspect.</summary>
    internal double CleanShare => Devices == 0 ? 1 : 1 - ((double)Accused / Devices);

    /// <summary>Gets the share of suspects that leak.</summary>
    internal double Precision => Suspects == 0 ? 1 : (double)Right / Suspects;

    /// <summary>Gets the share of leaks that a suspect names.</summary>
    internal double Recall => Leaks == 0 ? 1 : (double)Found / Leaks;

    /// <summary>Adds the suspects of a device.</summary>
    internal void Add(LeakCase device, IReadOnlyList<HandleLeakSuspect> suspects)
    {
        Devices++;
        if (device.IsAlike)
        {
            Leaks++;
            Found += suspects.Any(suspect => suspect.Holder is null && suspect.OwnerName == Phone.SystemServer)
                || device.Leaks.Keys.All(leak => suspects.Any(suspect => IsPair(suspect) && Names(device, suspect, leak))) ? 1 : 0;
        }
        else
        {
            Leaks += device.Leaks.Count;
            Found += device.Leaks.Keys.Count(leak => suspects.Any(suspect => Names(device, suspect, leak)
                && (IsPair(suspect) || (device.IsMost && suspect.Holder is null))));
        }

        Suspects += suspects.Count;
        int right = suspects.Count(suspect => device.Leaks.Keys.Any(leak => Names(device, suspect, leak)));
        Right += right;
        if (right < suspects.Count)
            Accused++;
    }

    internal void Add(LeakScores other)
    {
        Devices += other.Devices;
        Accused += other.Accused;
        Leaks += other.Leaks;
        Found += other.Found;
        Suspects += other.Suspects;
        Right += other.Right;
    }

    private static bool IsPair(HandleLeakSuspect suspect) => suspect is { Holder: not null, Owner: not null };

    /// <summary>Returns whether a suspect is the pair, or its owner or holder with all others.</summary>
    private static bool Names(LeakCase device, HandleLeakSuspect suspect, (string Holder, string Owner) leak) =>
        (suspect.Holder is null || suspect.Holder.Id == device.PidOf(leak.Holder))
        && (suspect.Owner is null || suspect.Owner.Id == device.PidOf(leak.Owner));
}
