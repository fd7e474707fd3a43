using HandlePool.Pools;
using HandlePool.Tables;

namespace HandlePool.SessionFiles;

/// <summary>Reads what <see cref="SessionFileWriter"/> wrote, into a session that goes on as the one that was written would.</summary>
/// <remarks>
/// The format is described in docs/session-format.md. The first thing that is wrong is an error that names its place, and no
/// session is made. Static and thread-safe.
/// </remarks>
public static class SessionFileReader
{
    private static readonly string[] RootMembers =
    [
        "format", "version", "name", "time", "options", "highestProcessId", "highestNodeId", "eventsRecorded",
        "contexts", "processes", "nodes", "findings", "events",
    ];

    private static readonly string[] OptionMembers = ["allocator", "growthPolicy", "shrinkPolicy", "maxCapacity", "eventCapacity", "allocationDelay"];
    private static readonly string[] ContextMembers = ["name", "manager"];
    private static readonly string[] ProcessMembers = ["id", "context", "name", "isDead", "pool", "references"];

    private static readonly string[] PoolMembers =
    [
        "capacity", "capacityInferred", "isDisabled", "growCount", "shrinkCount", "discardedResizes", "discardedBytes",
        "lockAcquisitions", "waits", "retries",
    ];

    private static readonly string[] NodeMembers = ["id", "name", "owner", "isDead"];
    private static readonly string[] FindingMembers = ["kind", "message", "path", "line", "process", "handle", "node"];
    private static readonly string[] EventMembers = ["sequence", "time", "process", "kind", "fromCapacity", "toCapacity", "handle", "message"];

    /// <summary>Reads a file.</summary>
    /// <inheritdoc cref="Read"/>
    public static HandleSession ReadFile(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            throw SessionFileErrors.SessionFormat(path, "this is a directory, not a session file. Name the files in it.");
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0,
                FileOptions.SequentialScan);
            return Read(stream, path, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw SessionFileErrors.SessionFormat(path, $"it cannot be read. {exception.Message}", exception);
        }
    }

    /// <summary>Reads a session.</summary>
    /// <param name="stream">The text. It is read to its end and left open.</param>
    /// <param name="path">Where it is from: named in errors.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The session, with the name that it had.</returns>
    /// <exception cref="HandleException"><c>SessionFormat</c>: it is no session file, or of a later version, or something in it is wrong.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static HandleSession Read(Stream stream, string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(path);
        SessionJsonReader json = new(stream, path, cancellationToken);
        return new SessionRestorer(path, ReadRoot(ref json)).Restore(cancellationToken);
    }

    private static SessionDocument ReadRoot(ref SessionJsonReader json)
    {
        string name = "";
        DateTimeOffset? time = null;
        HandleSessionOptions options = new();
        TimeSpan allocationDelay = default;
        int highestProcessId = 0;
        long highestNodeId = 0, eventsRecorded = 0;
        List<ContextDocument> contexts = [];
        List<ProcessDocument> processes = [];
        List<NodeDocument> nodes = [];
        List<FindingDocument> findings = [];
        List<EventDocument> events = [];

        json.StartRoot(RootMembers);
        ReadVersion(ref json);
        while (json.ReadMember(out string? member))
        {
            switch (member)
            {
                case "name":
                    name = json.GetName();
                    break;
                case "time":
                    time = json.GetTimeOrNull();
                    break;
                case "options":
                    options = ReadOptions(ref json, out allocationDelay);
                    break;
                case "highestProcessId":
                    highestProcessId = json.GetCount();
                    break;
                case "highestNodeId":
                    highestNodeId = json.GetLongCount();
                    break;
                case "eventsRecorded":
                    eventsRecorded = json.GetCounter();
                    break;
                case "contexts":
                    ReadItems(ref json, contexts, ReadContext);
                    break;
                case "processes":
                    ReadItems(ref json, processes, ReadProcess);
                    break;
                case "nodes":
                    ReadItems(ref json, nodes, ReadNode);
                    break;
                case "findings":
                    ReadItems(ref json, findings, ReadFinding);
                    break;
                default:
                    ReadItems(ref json, events, ReadEvent);
                    break;
            }
        }

        json.EndRoot();
        return new SessionDocument(name, time, options, allocationDelay, highestProcessId, highestNodeId, eventsRecorded,
            contexts, processes, nodes, findings, events);
    }

    /// <summary>Reads the two members that come first, so that nothing of a later version is taken for an error.</summary>
    private static void ReadVersion(ref SessionJsonReader json)
    {
        if (!json.ReadNextMember() || json.GetText() != SessionDocument.Format)
            throw json.Wrong($"this is no session file: its first member must be \"format\": \"{SessionDocument.Format}\".");
        if (!json.ReadNextMember())
            throw json.Wrong("the second member must be 'version'.");
        long version = json.GetNumber(1, int.MaxValue);
        if (version != SessionDocument.Version)
        {
            throw json.Wrong($"the file is of version {version}, and this module reads version {SessionDocument.Version}. "
                + "Read it with the module that wrote it, or a later one.");
        }
    }

    private static HandleSessionOptions ReadOptions(ref SessionJsonReader json, out TimeSpan allocationDelay)
    {
        HandleSessionOptions options = new();
        allocationDelay = default;
        json.StartObject(OptionMembers);
        while (json.ReadMember(out string? member))
        {
            switch (member)
            {
                case "allocator":
                    options = options with { Allocator = json.GetEnum<HandleAllocator>() };
                    break;
                case "growthPolicy":
                    options = options with { GrowthPolicy = json.GetEnum<GrowthPolicy>() };
                    break;
                case "shrinkPolicy":
                    options = options with { ShrinkPolicy = json.GetEnum<ShrinkPolicy>() };
                    break;
                case "maxCapacity":
                    options = options with { MaxCapacity = (int)json.GetNumber(IdPool.MinCapacity, IdPool.LargestCapacity) };
                    break;
                case "eventCapacity":
                    options = options with { EventCapacity = (int)json.GetNumber(1, int.MaxValue) };
                    break;
                default:
                    allocationDelay = json.GetDuration(HandleSession.LongestAllocationDelay);
                    break;
            }
        }

        return options;
    }

    private static ContextDocument ReadContext(ref SessionJsonReader json)
    {
        ContextDocument context = default;
        json.StartObject(ContextMembers);
        while (json.ReadMember(out string? member))
            context = member == "name" ? context with { Name = json.GetName() } : context with { Manager = json.GetLongCountOrNull() };
        return context;
    }

    private static ProcessDocument ReadProcess(ref SessionJsonReader json)
    {
        int id = 0;
        string context = "";
        string? name = null;
        bool isDead = false;
        PoolRecord pool = default;
        List<ReferenceDocument> references = [];
        json.StartObject(ProcessMembers);
        while (json.ReadMember(out string? member))
        {
            switch (member)
            {
                case "id":
                    id = json.GetCount();
                    break;
                case "context":
                    context = json.GetName();
                    break;
                case "name":
                    name = json.GetTextOrNull();
                    break;
                case "isDead":
                    isDead = json.GetBoolean();
                    break;
                case "pool":
                    pool = ReadPool(ref json);
                    break;
                default:
                    ReadItems(ref json, references, ReadReference);
                    break;
            }
        }

        return new ProcessDocument(id, context, name, isDead, pool, references);
    }

    private static PoolRecord ReadPool(ref SessionJsonReader json)
    {
        PoolRecord pool = default;
        PoolCounters counters = default;
        json.StartObject(PoolMembers);
        while (json.ReadMember(out string? member))
        {
            switch (member)
            {
                case "capacity":
                    pool = pool with { Capacity = json.GetCountOrNull() };
                    break;
                case "capacityInferred":
                    pool = pool with { CapacityInferred = json.GetBoolean() };
                    break;
                case "isDisabled":
                    pool = pool with { IsDisabled = json.GetBoolean() };
                    break;
                default:
                    counters = With(counters, member, json.GetCounter());
                    break;
            }
        }

        return pool with { Counters = counters };

        static PoolCounters With(PoolCounters counters, string? member, long count) => member switch
        {
            "growCount" => counters with { GrowCount = count },
            "shrinkCount" => counters with { ShrinkCount = count },
            "discardedResizes" => counters with { DiscardedResizes = count },
            "discardedBytes" => counters with { DiscardedBytes = count },
            "lockAcquisitions" => counters with { LockAcquisitions = count },
            "waits" => counters with { Waits = count },
            _ => counters with { Retries = count },
        };
    }

    /// <summary>Four numbers, not an object: there may be millions of these.</summary>
    private static ReferenceDocument ReadReference(ref SessionJsonReader json)
    {
        json.StartArray();
        int handle = (int)NextNumber(ref json, int.MaxValue);
        long node = NextNumber(ref json, long.MaxValue);
        int strong = (int)NextNumber(ref json, int.MaxValue);
        int weak = (int)NextNumber(ref json, int.MaxValue);
        return json.ReadItem() ? throw json.Wrong("there are more than the four numbers of a reference.")
            : new ReferenceDocument(handle, node, strong, weak);

        static long NextNumber(ref SessionJsonReader json, long max) => json.ReadItem() ? json.GetNumber(0, max)
            : throw json.Wrong("a reference is [handle, node id, strong, weak], and there are less than four numbers.");
    }

    private static NodeDocument ReadNode(ref SessionJsonReader json)
    {
        NodeDocument node = default;
        json.StartObject(NodeMembers);
        while (json.ReadMember(out string? member))
        {
            node = member switch
            {
                "id" => node with { Id = json.GetLongCount() },
                "name" => node with { Name = json.GetTextOrNull() },
                "owner" => node with { Owner = json.GetCountOrNull() },
                _ => node with { IsDead = json.GetBoolean() },
            };
        }

        return node;
    }

    private static FindingDocument ReadFinding(ref SessionJsonReader json)
    {
        FindingDocument finding = new(default, "", "", 0, null, null, null);
        json.StartObject(FindingMembers);
        while (json.ReadMember(out string? member))
        {
            finding = member switch
            {
                "kind" => finding with { Kind = json.GetEnum<HandleFindingKind>() },
                "message" => finding with { Message = json.GetText() },
                "path" => finding with { Path = json.GetText() },
                "line" => finding with { Line = json.GetLongCount() },
                "process" => finding with { Process = json.GetCountOrNull() },
                "handle" => finding with { Handle = json.GetLongCountOrNull() },
                _ => finding with { Node = json.GetLongCountOrNull() },
            };
        }

        return finding;
    }

    private static EventDocument ReadEvent(ref SessionJsonReader json)
    {
        EventDocument read = new(0, default, 0, default, null, null, null, "");
        json.StartObject(EventMembers);
        while (json.ReadMember(out string? member))
        {
            read = member switch
            {
                "sequence" => read with { Sequence = json.GetNumber(1, SessionJsonReader.LargestCounter) },
                "time" => read with { Time = json.GetTime() },
                "process" => read with { Process = json.GetCount() },
                "kind" => read with { Kind = json.GetEnum<HandleEventKind>() },
                "fromCapacity" => read with { FromCapacity = json.GetCountOrNull() },
                "toCapacity" => read with { ToCapacity = json.GetCountOrNull() },
                "handle" => read with { Handle = json.GetCountOrNull() },
                _ => read with { Message = json.GetText() },
            };
        }

        return read;
    }

    private delegate T ItemReader<T>(ref SessionJsonReader json);

    private static void ReadItems<T>(ref SessionJsonReader json, List<T> items, ItemReader<T> read)
    {
        json.StartArray();
        while (json.ReadItem())
            items.Add(read(ref json));
    }
}
