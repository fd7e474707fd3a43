using System.Text.Json.Serialization;
using HandlePool.Tables;

namespace HandlePool.SessionFiles;

/// <summary>Represents a session file: its members are the properties, in the order in which they are written.</summary>
/// <remarks>Each value is of its type and range. Whether they are consistent is checked by <see cref="SessionRestorer"/>.</remarks>
internal sealed class SessionDocument : ISessionObject
{
    /// <summary>The value of the first member.</summary>
    internal const string FormatName = "HandlePool.Session";

    /// <summary>The version that is written. All earlier ones are read.</summary>
    internal const int CurrentVersion = 2;

    public string Format { get; set; } = FormatName;

    public int Version { get; set; } = CurrentVersion;

    [JsonConverter(typeof(NameConverter))]
    public string Name { get; set; } = "";

    public DateTimeOffset? Time { get; set; }

    public OptionsDocument Options { get; set; }

    public int HighestProcessId { get; set; }

    [JsonConverter(typeof(HighestIdConverter))]
    public long HighestNodeId { get; set; }

    [JsonConverter(typeof(CounterConverter))]
    public long EventsRecorded { get; set; }

    public List<ContextDocument> Contexts { get; set; } = [];

    public List<ProcessDocument> Processes { get; set; } = [];

    public List<NodeDocument> Nodes { get; set; } = [];

    public StatisticsDocument? Statistics { get; set; }

    public List<FindingDocument> Findings { get; set; } = [];

    public List<EventDocument> Events { get; set; } = [];

    int ISessionObject.Members { get; set; }
}

/// <summary>Represents an object of a session file.</summary>
internal interface ISessionObject
{
    /// <summary>Gets or sets the members that were read: a bit for each, in the order of the properties.</summary>
    int Members { get; set; }
}

internal struct OptionsDocument : ISessionObject
{
    public HandleDriver Driver { get; set; }

    public bool FreezeListenerLeak { get; set; }

    public HandleAllocator Allocator { get; set; }

    public GrowthPolicy GrowthPolicy { get; set; }

    public ShrinkPolicy ShrinkPolicy { get; set; }

    [JsonConverter(typeof(MaxCapacityConverter))]
    public int MaxCapacity { get; set; }

    [JsonConverter(typeof(PositiveCountConverter))]
    public int EventCapacity { get; set; }

    public TimeSpan AllocationDelay { get; set; }

    int ISessionObject.Members { get; set; }

    internal readonly HandleSessionOptions ToOptions() => new()
    {
        Driver = Driver,
        FreezeListenerLeak = FreezeListenerLeak,
        Allocator = Allocator,
        GrowthPolicy = GrowthPolicy,
        ShrinkPolicy = ShrinkPolicy,
        MaxCapacity = MaxCapacity,
        EventCapacity = EventCapacity,
    };
}

internal struct ContextDocument : ISessionObject
{
    [JsonConverter(typeof(NameConverter))]
    public string Name { get; set; }

    /// <summary>Gets or sets the id of the manager's node.</summary>
    public long? Manager { get; set; }

    /// <summary>Gets or sets the uid of the first manager.</summary>
    public int? ManagerUid { get; set; }

    int ISessionObject.Members { get; set; }
}

internal struct ProcessDocument : ISessionObject
{
    public int Id { get; set; }

    [JsonConverter(typeof(NameConverter))]
    public string Context { get; set; }

    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Name { get; set; }

    public int? Uid { get; set; }

    [JsonConverter(typeof(PositiveCountConverter))]
    public int OpenNumber { get; set; }

    public bool IsDead { get; set; }

    public bool IsFrozen { get; set; }

    public bool IsFreezing { get; set; }

    /// <summary>Gets or sets whether only statistics or lists of holders tell of it.</summary>
    public bool IsInferred { get; set; }

    public PoolDocument Pool { get; set; }

    public List<ReferenceDocument> References { get; set; }

    public List<NotificationDocument> Notifications { get; set; }

    /// <summary>Gets or sets the indexes of the notifications that are queued for the thread that gave the command.</summary>
    public List<int> ThreadMessages { get; set; }

    /// <summary>Gets or sets the number of these that come before BR_ERROR; null if that is not queued.</summary>
    public int? ErrorAfter { get; set; }

    /// <summary>Gets or sets the indexes of the notifications that are queued for any thread.</summary>
    public List<int> Messages { get; set; }

    /// <summary>Gets or sets the indexes of the notifications that are delivered and not completed.</summary>
    public List<int> Delivered { get; set; }

    int ISessionObject.Members { get; set; }
}

internal struct PoolDocument(PoolRecord pool) : ISessionObject
{
    public int? Capacity { get; set; } = pool.Capacity;

    public bool CapacityInferred { get; set; } = pool.CapacityInferred;

    public bool IsDisabled { get; set; } = pool.IsDisabled;

    [JsonConverter(typeof(CounterConverter))]
    public long GrowCount { get; set; } = pool.Counters.GrowCount;

    [JsonConverter(typeof(CounterConverter))]
    public long ShrinkCount { get; set; } = pool.Counters.ShrinkCount;

    [JsonConverter(typeof(CounterConverter))]
    public long DiscardedResizes { get; set; } = pool.Counters.DiscardedResizes;

    [JsonConverter(typeof(CounterConverter))]
    public long DiscardedBytes { get; set; } = pool.Counters.DiscardedBytes;

    [JsonConverter(typeof(CounterConverter))]
    public long LockAcquisitions { get; set; } = pool.Counters.LockAcquisitions;

    [JsonConverter(typeof(CounterConverter))]
    public long Waits { get; set; } = pool.Counters.Waits;

    [JsonConverter(typeof(CounterConverter))]
    public long Retries { get; set; } = pool.Counters.Retries;

    int ISessionObject.Members { get; set; }

    internal readonly PoolRecord ToRecord() => new(Capacity, CapacityInferred, IsDisabled,
        new PoolCounters(GrowCount, ShrinkCount, DiscardedResizes, DiscardedBytes, LockAcquisitions, Waits, Retries));
}

/// <summary>Represents a reference of a process: an array of four numbers, as there may be millions of these.</summary>
internal readonly record struct ReferenceDocument(int Handle, long Node, int Strong, int Weak);

internal struct NotificationDocument(NotificationRecord record) : ISessionObject
{
    public HandleNotificationKind Kind { get; set; } = record.Kind;

    public int? Handle { get; set; } = record.Handle;

    public long? Node { get; set; } = record.Node;

    [JsonConverter(typeof(CookieConverter))]
    public ulong? Cookie { get; set; } = record.Cookie;

    public bool IsCleared { get; set; } = record.IsCleared;

    public bool IsDead { get; set; } = record.IsDead;

    public bool IsDone { get; set; } = record.IsDone;

    public bool IsFrozen { get; set; } = record.IsFrozen;

    public bool? Told { get; set; } = record.Told;

    public bool IsChanged { get; set; } = record.IsChanged;

    public bool IsLeaked { get; set; } = record.IsLeaked;

    public int PendingDuplicates { get; set; } = record.PendingDuplicates;

    public int ClearedDuplicates { get; set; } = record.ClearedDuplicates;

    public bool IsEnded { get; set; } = record.IsEnded;

    int ISessionObject.Members { get; set; }

    internal readonly NotificationRecord ToRecord() => new(Kind, Handle, Node, Cookie)
    {
        IsCleared = IsCleared,
        IsDead = IsDead,
        IsDone = IsDone,
        IsFrozen = IsFrozen,
        Told = Told,
        IsChanged = IsChanged,
        IsLeaked = IsLeaked,
        PendingDuplicates = PendingDuplicates,
        ClearedDuplicates = ClearedDuplicates,
        IsEnded = IsEnded,
    };
}

internal struct NodeDocument : ISessionObject
{
    public long Id { get; set; }

    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Name { get; set; }

    /// <summary>Gets or sets the index of the owner among the processes.</summary>
    public int? Owner { get; set; }

    public bool IsDead { get; set; }

    /// <summary>Gets or sets the pids of holders whose references are unknown.</summary>
    public List<int> ListedHolders { get; set; }

    int ISessionObject.Members { get; set; }
}

/// <summary>Represents the driver's statistics.</summary>
internal sealed class StatisticsDocument : ISessionObject
{
    public HandleCounters Counters { get; set; } = HandleCounters.Empty;

    public List<ObjectCountDocument> Objects { get; set; } = [];

    public List<StatisticDocument> Processes { get; set; } = [];

    int ISessionObject.Members { get; set; }
}

internal struct ObjectCountDocument : ISessionObject
{
    [JsonConverter(typeof(NameConverter))]
    public string Kind { get; set; }

    public long Active { get; set; }

    public long Total { get; set; }

    int ISessionObject.Members { get; set; }
}

internal struct StatisticDocument(ProcessStatisticsRecord record, int? process) : ISessionObject
{
    /// <summary>Gets or sets the index of the process; null if the session does not have it.</summary>
    public int? Process { get; set; } = process;

    public int Id { get; set; } = record.Id;

    [JsonConverter(typeof(NameConverter))]
    public string Context { get; set; } = record.Context;

    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Name { get; set; } = record.Name;

    [JsonConverter(typeof(PositiveCountConverter))]
    public int OpenNumber { get; set; } = record.OpenNumber;

    public int? Handles { get; set; } = record.Handles;

    public long? Strong { get; set; } = record.Strong;

    public long? Weak { get; set; } = record.Weak;

    public int? Nodes { get; set; } = record.Nodes;

    public int? Buffers { get; set; } = record.Buffers;

    public int? Pages { get; set; } = record.Pages;

    public int? PagesHighWatermark { get; set; } = record.PagesHighWatermark;

    public int? Threads { get; set; } = record.Threads;

    public int? RequestedThreads { get; set; } = record.RequestedThreads;

    public int? StartedThreads { get; set; } = record.StartedThreads;

    public int? MaxThreads { get; set; } = record.MaxThreads;

    public int? ReadyThreads { get; set; } = record.ReadyThreads;

    public long? FreeAsyncSpace { get; set; } = record.FreeAsyncSpace;

    public int? PendingTransactions { get; set; } = record.PendingTransactions;

    public HandleCounters Counters { get; set; } = record.Counters;

    int ISessionObject.Members { get; set; }

    internal readonly ProcessStatisticsRecord ToRecord() => new(Id, Context, Name, OpenNumber, Line: 0)
    {
        Handles = Handles,
        Strong = Strong,
        Weak = Weak,
        Nodes = Nodes,
        Buffers = Buffers,
        Pages = Pages,
        PagesHighWatermark = PagesHighWatermark,
        Threads = Threads,
        RequestedThreads = RequestedThreads,
        StartedThreads = StartedThreads,
        MaxThreads = MaxThreads,
        ReadyThreads = ReadyThreads,
        FreeAsyncSpace = FreeAsyncSpace,
        PendingTransactions = PendingTransactions,
        Counters = Counters,
    };
}

internal struct FindingDocument : ISessionObject
{
    public HandleFindingKind Kind { get; set; }

    public string Message { get; set; }

    public string Path { get; set; }

    public long Line { get; set; }

    /// <summary>Gets or sets the index of the process.</summary>
    public int? Process { get; set; }

    public long? Handle { get; set; }

    public long? Node { get; set; }

    int ISessionObject.Members { get; set; }
}

internal struct EventDocument : ISessionObject
{
    [JsonConverter(typeof(SequenceConverter))]
    public long Sequence { get; set; }

    public DateTimeOffset Time { get; set; }

    /// <summary>Gets or sets the index of the process.</summary>
    public int Process { get; set; }

    public HandleEventKind Kind { get; set; }

    public int? FromCapacity { get; set; }

    public int? ToCapacity { get; set; }

    public int? Handle { get; set; }

    public string Message { get; set; }

    int ISessionObject.Members { get; set; }
}
