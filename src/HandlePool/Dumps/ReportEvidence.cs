using HandlePool.Evidence;

namespace HandlePool.Dumps;

/// <summary>Keeps what a report says beside the driver's tables. All moments of the report share it.</summary>
internal sealed class ReportEvidence
{
    /// <summary>The number of moments that share it at most. A report has one state, and a series in one file some dozens.</summary>
    /// <remarks>The facts are joined with the handles of each, which would take too long for a file of many thousands of both.</remarks>
    internal const int MostMoments = 50;

    private readonly List<(DumpPath Path, HandleSourceKind Kind, DumpFile File)> _sources = [];
    private long _budgeted;

    /// <summary>Gets the facts, and the calls in lists and logs.</summary>
    internal EvidenceStore Store { get; } = new();

    /// <summary>Gets or sets the number of moments that share it.</summary>
    internal int Moments { get; set; }

    /// <summary>Gets or sets whether it begins with the heading of a report.</summary>
    internal bool HasHeading { get; set; }

    /// <summary>Gets whether the report goes on with other moments, which do not share it.</summary>
    internal bool IsContinued { get; private set; }

    /// <summary>Gets the files that have facts, and the driver's lists and logs of calls.</summary>
    internal IReadOnlyList<(DumpPath Path, HandleSourceKind Kind, DumpFile File)> Sources => _sources;

    /// <summary>Returns the evidence for another moment of the report: this, unless too many share it.</summary>
    internal ReportEvidence Share()
    {
        IsContinued = Moments >= MostMoments;
        return IsContinued ? new ReportEvidence() : this;
    }

    /// <summary>Adds a text that has facts or calls, once for each file.</summary>
    internal void AddSource(DumpPath path, HandleSourceKind kind, DumpFile file)
    {
        for (int index = _sources.Count - 1; index >= 0 && _sources[index].Path == path; index--)
        {
            if (_sources[index].Kind == kind)
                return;
        }

        _sources.Add((path, kind, file));
    }

    /// <summary>Returns the growth of the facts since the last call, in bytes.</summary>
    internal long TakeGrowth()
    {
        long bytes = Store.Bytes + Store.Calls.Bytes + Store.Lives.Bytes;
        long growth = bytes - _budgeted;
        _budgeted = bytes;
        return growth;
    }
}
