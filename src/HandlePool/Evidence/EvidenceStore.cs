using System.Globalization;
using System.Text;

namespace HandlePool.Evidence;

/// <summary>Keeps the facts of one report: each once, and no more than a limit.</summary>
internal sealed class EvidenceStore
{
    /// <summary>The number of facts that are kept; the others are only counted. A report of a large device has some ten thousand.</summary>
    internal const int MostFacts = 100_000;

    private const int LongestName = 1_024;
    private const int LongestText = 1_024;

    // The approximate memory of a fact, in bytes, without its texts.
    private const int FactBytes = 400;

    private readonly List<HandleEvidence> _facts = [];
    private readonly HashSet<(HandleEvidenceKind, int?, int?, int?, string?, long?, string?)> _known = [];
    private readonly Dictionary<(string Path, string Name), HandleEvidence> _sections = [];

    // Lines that may have been cut, and the last line that says something.
    private readonly HashSet<EvidencePlace> _cut = [];
    private EvidencePlace _last;
    private bool _isComplete;

    /// <summary>Gets or sets the file that is read.</summary>
    internal string Path { get; set; } = "";

    /// <summary>Gets the facts in the order of the report.</summary>
    internal IReadOnlyList<HandleEvidence> Facts => _facts;

    /// <summary>Gets the number of facts that were not kept.</summary>
    internal long SkippedCount { get; private set; }

    /// <summary>Gets the line of the first fact that was not kept, with its file.</summary>
    internal (string Path, long Line) FirstSkipped { get; private set; }

    /// <summary>Gets the number of facts that tell of handles by themselves, and not only of processes, packages, services and calls.</summary>
    internal int HandleFactCount { get; private set; }

    /// <summary>Gets the approximate memory of the facts, in bytes.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Gets the names of the processes.</summary>
    internal ProcessNames Names { get; } = new();

    /// <summary>Gets the processes that had each pid.</summary>
    internal ProcessLives Lives { get; } = new();

    /// <summary>Gets the uids and packages of the processes that run.</summary>
    internal EvidenceIdentities Identities { get; private set; } = new([]);

    /// <summary>Gets the calls and buffers that the driver shows.</summary>
    internal CallCollector Calls { get; } = new();

    /// <summary>Gets the lines that may have been cut, whose facts are left out.</summary>
    internal IEnumerable<EvidencePlace> CutLines => _cut.OrderBy(place => place.Path, StringComparer.Ordinal).ThenBy(place => place.Line);

    /// <summary>Returns whether the last line that says something is that of a number.</summary>
    internal bool IsLast(long line) => _last == new EvidencePlace(Path, line);

    /// <summary>Leaves out what a line says that may have been cut.</summary>
    internal void AddCut(string path, long line) => _cut.Add(new EvidencePlace(path, line));

    /// <summary>Adds the name of a process.</summary>
    internal void AddName(int id, string name, bool isListed, in EvidenceLine line)
    {
        _last = new EvidencePlace(Path, line.Number);
        Names.Add(id, name, isListed, _last);
    }

    /// <summary>Adds that a process started or ended.</summary>
    /// <param name="happened">What happened.</param>
    /// <param name="line">The last line that says it.</param>
    internal void Add(ProcessEvent happened, long line)
    {
        _last = new EvidencePlace(Path, line);
        Lives.Add(happened, _last);
    }

    /// <summary>Begins a section, which a file may have several times.</summary>
    internal void BeginSection(string name, in EvidenceLine line)
    {
        if (_facts.Count == MostFacts || _sections.ContainsKey((Path, name)))
            return;
        HandleEvidence section = new(HandleEvidenceKind.Section, Path, line.Number, TextOf(line.Text)) { Name = name, Count = 0 };
        _sections.Add((Path, name), section);
        Keep(section);
    }

    /// <summary>Adds a fact of a section, unless it is there already: a report has some texts twice.</summary>
    internal void Add(string section, HandleEvidence fact)
    {
        _last = fact.End;

        // The lines of processes differ, and the same process is in many.
        bool isIdentity = fact.Kind is HandleEvidenceKind.Process or HandleEvidenceKind.Package;
        var key = (fact.Kind, fact.Pid, fact.Uid, fact.HolderPid, fact.Name, fact.Count, isIdentity ? null : fact.Text);
        if (_facts.Count >= MostFacts)
        {
            if (_known.Contains(key))
                return;
            if (SkippedCount++ == 0)
                FirstSkipped = (fact.Path, fact.Line);
            return;
        }

        if (!_known.Add(key))
            return;
        if (_sections.TryGetValue((Path, section), out HandleEvidence? of))
        {
            of.Count++;
            fact.Section = of;
        }

        Keep(fact);
    }

    /// <summary>Sets the times of the facts whose lines lack the year, and completes what lines say together. The first moment of a report does it for all.</summary>
    /// <param name="time">The time of the report; null if it is unknown.</param>
    internal void Complete(DateTimeOffset? time)
    {
        if (_isComplete)
            return;
        _isComplete = true;
        if (_cut.Count > 0)
            _facts.RemoveAll(IsCut);
        Calls.Remove(_cut);
        Names.Take(_cut);
        foreach (HandleEvidence fact in _facts)
            fact.Time = fact.Clock?.Resolve(time);
        Identities = new EvidenceIdentities(_facts);
        ILookup<int, string> names = _facts.Where(fact => fact is { Kind: HandleEvidenceKind.Process, Pid: not null, Name: not null }).ToLookup(fact => fact.Pid!.Value, fact => fact.Name!);
        HandleEvidence[] servers = [.. _facts.Where(fact => fact is { IsListed: true, Name: BinderProxyParser.SystemServer, Uid: not null } && ProcessLives.IsOfSystem(fact.Uid)).DistinctBy(fact => fact.Pid).Take(2)];
        Lives.Complete(Identities, servers is [{ } server] ? server : null, names, time, _cut);
        FactCheck check = new(Lives, names, _facts);
        for (int index = 0; index < _facts.Count; index++)
            _facts[index] = check.Check(_facts[index]);
        CompleteNames();
    }

    /// <summary>Returns the counts that contradict each other: of each kind the first two, and the number of the others.</summary>
    /// <remarks>Only texts without times are compared, which print a count once. Counts in a log change with time.</remarks>
    internal IEnumerable<(HandleEvidence Where, string Message)> FindContradictions()
    {
        Dictionary<(HandleEvidenceKind, int?, int?, string?), HandleEvidence> first = [];
        Dictionary<HandleEvidenceKind, (HandleEvidence One, HandleEvidence Other, int Count)> found = [];
        foreach (HandleEvidence fact in _facts)
        {
            if (fact.Clock is not null || fact.HolderPid is not null || WordsOf(fact.Kind) is null)
                continue;
            var key = (fact.Kind, fact.Pid, fact.Uid, fact.Kind == HandleEvidenceKind.InterfaceCount ? fact.Name : null);
            if (first.TryAdd(key, fact) || first[key].Count == fact.Count)
                continue;
            found[fact.Kind] = found.TryGetValue(fact.Kind, out var known) ? known with { Count = known.Count + 1 } : (first[key], fact, 1);
        }

        foreach ((HandleEvidenceKind kind, var (one, other, count)) in found.OrderBy(each => each.Key))
        {
            string more = count == 1 ? "." : string.Create(CultureInfo.InvariantCulture, $", and {count - 1} more counts of this kind differ.");
            yield return (other, string.Create(CultureInfo.InvariantCulture,
                $"The report contradicts itself: {other.Count} {WordsOf(kind)} here, and {one.Count} in line {one.Line}{more} All are kept."));
        }
    }

    /// <summary>Returns a name, cut if it is very long.</summary>
    internal static string NameOf(ReadOnlySpan<byte> name) => Cut(name, LongestName);

    /// <summary>Returns a line, without blanks around it, cut if it is very long.</summary>
    internal static string TextOf(ReadOnlySpan<byte> text) => Cut(text.Trim(" \t"u8), LongestText);

    /// <summary>Returns the process, uid or interface that a count belongs to, for the kinds that have one count for each.</summary>
    private static string? WordsOf(HandleEvidenceKind kind) => kind switch
    {
        HandleEvidenceKind.InterfaceCount => "proxies of an interface",
        HandleEvidenceKind.UidCount => "proxies of a uid",
        HandleEvidenceKind.LocalBinders => "local binders of a process",
        HandleEvidenceKind.ProxyBinders => "proxies of a process",
        HandleEvidenceKind.DeathRecipients => "death recipients of a process",
        _ => null,
    };

    private static string Cut(ReadOnlySpan<byte> text, int longest) =>
        text.Length <= longest ? Encoding.UTF8.GetString(text) : Encoding.UTF8.GetString(text[..longest]) + "\u2026";

    /// <summary>Returns whether a fact is of a line that may have been cut, and takes it from its section.</summary>
    private bool IsCut(HandleEvidence fact)
    {
        if (fact.Kind == HandleEvidenceKind.Section || !_cut.Contains(fact.End))
            return false;
        if (fact.Section is { } section)
            section.Count--;
        return true;
    }

    /// <summary>Completes names that a list has as the kernel cuts them, by what other sections say of the same process.</summary>
    private void CompleteNames()
    {
        foreach (HandleEvidence fact in _facts)
        {
            bool isOfProcess = fact.Kind is HandleEvidenceKind.LocalBinders or HandleEvidenceKind.ProxyBinders or HandleEvidenceKind.DeathRecipients;
            if (isOfProcess && fact is { Pid: { } pid, Name: { } name, Earlier: null })
                Names.Complete(pid, ProcessNames.FileName(name));
        }

        // The process that has the pid now comes before those that had it.
        foreach ((int pid, string name, _) in Lives.FindNames().OrderByDescending(each => each.IsNow))
            Names.Complete(pid, name);
    }

    private void Keep(HandleEvidence fact)
    {
        Bytes += FactBytes + (sizeof(char) * (fact.Text.Length + (fact.Name?.Length ?? 0))) + (sizeof(int) * fact.Clients.Count);
        _facts.Add(fact);
        if (fact.Kind is >= HandleEvidenceKind.InterfaceCount and <= HandleEvidenceKind.ReferenceCount)
            HandleFactCount++;
    }
}
