using System.Collections.ObjectModel;

namespace HandlePool;

/// <summary>Represents the numbers of commands and returns that a driver counted, by name, such as <c>BC_INCREFS</c>. Immutable.</summary>
/// <remarks>The driver omits those that are 0, and so does this dictionary. The order is the driver's.</remarks>
public sealed class HandleCounters : ReadOnlyDictionary<string, long>
{
    internal HandleCounters(IDictionary<string, long> counters)
        : base(counters)
    {
    }

    /// <summary>Gets the counters of a process or session that a driver has counted nothing of.</summary>
    internal static new HandleCounters Empty { get; } = new(new Dictionary<string, long>());

    /// <summary>Returns a count; 0 if the driver omitted it.</summary>
    /// <param name="name">The name of a command or return, such as <c>BC_INCREFS</c>.</param>
    public long CountOf(string name) => this.GetValueOrDefault(name);

    /// <summary>Returns the counters as one line, as a CSV file needs it.</summary>
    public override string ToString() => string.Join(", ", this.Select(counter => $"{counter.Key}={counter.Value}"));
}
