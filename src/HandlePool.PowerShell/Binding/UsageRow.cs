using System.Management.Automation;
using HandlePool.Analysis;

namespace HandlePool.PowerShell.Binding;

/// <summary>Represents a row of Measure-HandleUsage, Compare-HandleSession or Find-HandleLeak, which stands for the references that it counts.</summary>
public sealed class UsageRow : Identity
{
    private readonly HandleUsageGrouping _by;
    private readonly string _context;
    private readonly HandleProcess? _holder;
    private readonly HandleProcess? _owner;
    private readonly bool _isDead;
    private readonly int? _uid;
    private readonly string? _interface;

    /// <summary>Initializes the row from a usage.</summary>
    public UsageRow(HandleUsage usage)
        : base(usage) =>
        (_by, _context, _holder, _owner, _isDead, _uid, _interface) =
            (usage.By, usage.Context, usage.Holder, usage.Owner, usage.IsDead, usage.Uid, usage.By == HandleUsageGrouping.Interface ? usage.Interface : null);

    /// <summary>Initializes the row from a change, which stands for the references of the later session.</summary>
    public UsageRow(HandleUsageChange change)
        : base(change) =>
        (_by, _context, _holder, _owner, _isDead, _uid, _interface) =
            (change.By, change.Context, change.Holder, change.Owner, change.IsDead, change.Key.Uid, change.Key.Interface);

    /// <summary>Initializes the row from a suspect.</summary>
    public UsageRow(HandleLeakSuspect suspect)
        : base(suspect) =>
        (_by, _context, _holder, _owner) = (HandleUsageGrouping.Pair, suspect.Context, suspect.Holder, suspect.Owner);

    /// <summary>Gets the sessions that the row is about: that of a usage, both of a change, the series of a suspect.</summary>
    internal IReadOnlyList<HandleSession> Sessions => Value switch
    {
        HandleLeakSuspect suspect => suspect.Series,
        HandleUsageChange change => change.Series,
        object usage => [((HandleUsage)usage).Session],
    };

    /// <summary>Gets the processes whose references are counted; none for a suspect, which has its references itself.</summary>
    internal IEnumerable<HandleProcess> Holders => Value is HandleLeakSuspect ? []
        : _holder is not null ? [_holder]
        : Sessions[^1].GetProcesses().Where(process => process.Context == _context);

    /// <summary>Returns the references that are counted and still held.</summary>
    internal IEnumerable<HandleReference> FindReferences()
    {
        if (Value is HandleLeakSuspect suspect)
            return suspect.References.Where(each => each.Process.GetReference(each.Handle)?.Node == each.Node);
        return Holders.SelectMany(holder => holder.GetReferences()).Where(IsCounted);
    }

    private bool IsCounted(HandleReference reference) => _by is HandleUsageGrouping.Holder or HandleUsageGrouping.Context
        || (_by == HandleUsageGrouping.Interface && reference.Node.Interface == _interface)
        || (_by != HandleUsageGrouping.Interface && reference.IsDead == _isDead && (_by == HandleUsageGrouping.Uid ? _isDead || reference.Owner?.Uid == _uid : reference.Owner == _owner));
}

/// <summary>Converts values for parameters of type <see cref="UsageRow"/>.</summary>
public sealed class UsageRowAttribute : IdentityAttribute
{
    private protected override string Kinds => "a row of Measure-HandleUsage, Compare-HandleSession or Find-HandleLeak";

    private protected override object? Identify(object value) => value switch
    {
        HandleUsage usage => new UsageRow(usage),
        HandleUsageChange change => new UsageRow(change),
        HandleLeakSuspect suspect => new UsageRow(suspect),
        UsageRow => value,
        _ => null,
    };

    private protected override Array NewArray(int length) => new UsageRow[length];
}
