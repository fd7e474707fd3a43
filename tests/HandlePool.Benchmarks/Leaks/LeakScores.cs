using HandlePool.Analysis;
using HandlePool.Generator;

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
        (int Holder, int Owner)[] leaks = [.. device.Leaks.Keys.Select(leak => (device.PidOf(leak.Holder), device.PidOf(leak.Owner)))];
        if (device.IsAlike)
        {
            Leaks++;
            Found += suspects.Any(suspect => suspect.Holder is null && suspect.OwnerName == Phone.SystemServer)
                || Array.TrueForAll(leaks, leak => suspects.Any(suspect => IsPair(suspect) && Names(suspect, leak))) ? 1 : 0;
        }
        else
        {
            Leaks += leaks.Length;
            bool isMost = device.IsMost;
            Found += leaks.Count(leak => suspects.Any(suspect => Names(suspect, leak) && (IsPair(suspect) || (isMost && suspect.Holder is null))));
        }

        Suspects += suspects.Count;
        int right = suspects.Count(suspect => Array.Exists(leaks, leak => Names(suspect, leak)));
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
    private static bool Names(HandleLeakSuspect suspect, (int Holder, int Owner) leak) =>
        (suspect.Holder is null || suspect.Holder.Id == leak.Holder) && (suspect.Owner is null || suspect.Owner.Id == leak.Owner);
}
