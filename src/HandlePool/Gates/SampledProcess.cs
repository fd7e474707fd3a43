using System.Globalization;

namespace HandlePool.Gates;

/// <summary>Represents one program over the samples of a series: a process, and those that ran in its place after restarts and reboots.</summary>
internal sealed class SampledProcess(string context)
{
    private readonly Dictionary<int, Sighting> _sightings = [];

    internal string Context { get; } = context;

    /// <summary>Gets the name; null if no sample tells it.</summary>
    internal string? Name { get; private set; }

    /// <summary>Gets the pid in the last sample that shows it.</summary>
    internal int Id { get; private set; }

    /// <summary>Gets the index of the last sample that shows it.</summary>
    internal int Last { get; private set; }

    /// <summary>Gets the name that is shown, which is the pid if there is none.</summary>
    internal string Title => Name is { } name ? Text.VisibleText.Name(name) : Id.ToString(CultureInfo.InvariantCulture);

    /// <summary>Gets where each run but the first began, and why.</summary>
    internal IEnumerable<(int Sample, string Why)> Breaks =>
        _sightings.Where(each => each.Value.Why is not null).OrderBy(each => each.Key).Select(each => (each.Key, each.Value.Why!));

    /// <summary>Returns how a sample shows it; null if it does not.</summary>
    internal Sighting? At(int sample) => _sightings.TryGetValue(sample, out Sighting sighting) ? sighting : null;

    /// <summary>Adds what a sample shows.</summary>
    /// <param name="sample">The index of the sample, higher than those before.</param>
    /// <param name="process">The process.</param>
    /// <param name="why">Why it is not the one that ran before, as a clause; null if it is, or if there was none.</param>
    internal void Add(int sample, HandleProcess process, string? why)
    {
        int run = _sightings.TryGetValue(Last, out Sighting before) ? before.Run + (why is null ? 0 : 1) : 0;
        _sightings.Add(sample, new Sighting(process, run, why));
        (Last, Id, Name) = (sample, process.Id, process.Name ?? Name);
    }

    /// <summary>Represents the process that a sample shows, and the number of its run.</summary>
    internal readonly record struct Sighting(HandleProcess Process, int Run, string? Why);
}
