using System.Globalization;

namespace HandlePool.Integrity;

/// <summary>Collects what is found wrong in the pool and the table of one process, or in the nodes of a session.</summary>
internal sealed class MismatchList(HandleSession session)
{
    private readonly List<HandleMismatch> _found = [];

    /// <summary>The process whose pool and table are being looked at; null while nodes are.</summary>
    internal HandleProcess? Process { get; set; }

    internal int Count => _found.Count;

    internal HandleList<HandleMismatch> ToList() => new(_found);

    internal void Add(HandleMismatchKind kind, string location, string expected, string found, int? handle = null, HandleNode? node = null) =>
        _found.Add(new HandleMismatch(session, kind, Process, handle, node, location, expected, found));

    internal void Add(HandleMismatchKind kind, string location, long expected, long found, int? handle = null, HandleNode? node = null) =>
        Add(kind, location, expected.ToString(CultureInfo.InvariantCulture), found.ToString(CultureInfo.InvariantCulture), handle, node);
}
