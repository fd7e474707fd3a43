namespace HandlePool.Analysis;

/// <summary>Represents the result of a search for leaks. Immutable.</summary>
public sealed class LeakSearch
{
    internal LeakSearch(IReadOnlyList<HandleSession> sessions, IReadOnlyList<HandleLeakSuspect> suspects, IReadOnlyList<string> notes)
    {
        Sessions = sessions;
        Suspects = suspects;
        Notes = notes;
    }

    /// <summary>Gets the sessions that were searched as a series, in order: those that are related to the last one.</summary>
    public IReadOnlyList<HandleSession> Sessions { get; }

    /// <summary>Gets the suspects, the strongest first and those that grow before all others; empty if there are none.</summary>
    public IReadOnlyList<HandleLeakSuspect> Suspects { get; }

    /// <summary>Gets remarks about the series: sessions that were left out because they are not of the same device, and reboots.</summary>
    public IReadOnlyList<string> Notes { get; }
}
