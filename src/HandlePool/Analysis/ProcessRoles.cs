using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using HandlePool.Evidence;

namespace HandlePool.Analysis;

/// <summary>Specifies the part that a process plays on a phone, by which the number of its handles is judged.</summary>
internal enum ProcessRole
{
    /// <summary>An app or a service.</summary>
    Other,

    /// <summary>A process that exchanges hundreds of handles with the system server on healthy phones, or one without a name that may.</summary>
    Busy,

    /// <summary>The system server.</summary>
    System,

    /// <summary>The context manager, which holds what was registered with it, or a process that may be it.</summary>
    Manager,
}

/// <summary>Assigns roles to processes, and knows the counts that healthy phones stay below.</summary>
/// <remarks>
/// The counts are learned from the dumps in public bug reports of healthy phones (Android 4.0 to 10; 28 to 122 processes, 600 to 2,000
/// references), with a margin of at least 2, as later phones are busier. Largest there: the system server held 185 handles of the system UI, 93 of the phone app,
/// 59 of another app; the system UI held 66 of the system server, other apps 44; 19 without another holder; other pairs 16.
/// </remarks>
internal sealed class ProcessRoles
{
    internal const string SystemServer = BinderProxyParser.SystemServer;

    private const int FewestPartners = 8;

    /// <summary>The multiple of the usual count of the system server's handles from which on a process without a name counts as busy.</summary>
    private const double BusyShare = 1.25;

    // Ends of names: the kernel may keep only the last 15 characters of an app's name.
    private static readonly string[] BusyNames =
        ["systemui", "android.phone", "bluetooth", "surfaceflinger", ".gms", "ms.persistent", "process.gapps"];

    private readonly HashSet<HandleProcess> _systems = [];
    private readonly HashSet<HandleProcess> _apps = [];
    private readonly Dictionary<HandleProcess, ProcessRole> _roles = [];

    /// <summary>Initializes the roles of the processes in the pairs of a session.</summary>
    internal ProcessRoles(IEnumerable<HandleUsage> pairs, CancellationToken cancellationToken)
    {
        Dictionary<HandleProcess, int> partners = [];
        HashSet<string> contextsWithServer = [];
        foreach (HandleUsage pair in pairs.WithCancellation(cancellationToken))
        {
            Look(pair.Holder);
            Look(pair.Owner);
        }

        // Without names, the system server is the process that exchanges handles with most others.
        foreach (IGrouping<string, HandleProcess> context in partners.Keys.WithCancellation(cancellationToken).GroupBy(process => process.Context))
        {
            HandleProcess most = context.MaxBy(process => partners[process])!;
            if (partners[most] >= FewestPartners && !contextsWithServer.Contains(context.Key))
                _systems.Add(most);
        }

        // What is busy holds more of the system server than most, whatever the system server holds of it.
        Dictionary<HandleProcess, bool> areSystems = [];
        foreach (IGrouping<HandleProcess, HandleUsage> held in pairs.WithCancellation(cancellationToken)
            .Where(pair => pair is { IsDead: false, Owner: { } owner } && IsSystem(owner) && !pair.Holder!.IsManager)
            .GroupBy(pair => pair.Owner!))
        {
            PeerStatistics holders = PeerStatistics.Of([.. held.Select(pair => pair.Handles).Order()]);
            if (holders.Count >= FewestPartners / 2)
                _apps.UnionWith(held.Where(pair => pair.Holder!.Name is null && pair.Handles < BusyShare * holders.Usual).Select(pair => pair.Holder!));
        }

        void Look(HandleProcess? process)
        {
            if (IsSystemServer(process))
                contextsWithServer.Add(process.Context);
            else if (process is { Name: null, IsOfManager: false, IsDead: false })
                CollectionsMarshal.GetValueRefOrAddDefault(partners, process, out _)++;
        }

        bool IsSystem(HandleProcess process)
        {
            ref bool isSystem = ref CollectionsMarshal.GetValueRefOrAddDefault(areSystems, process, out bool isKnown);
            if (!isKnown)
                isSystem = FindRole(process) == ProcessRole.System;
            return isSystem;
        }
    }

    internal static bool IsBusyName(string name) => Array.Exists(BusyNames, end => name.EndsWith(end, StringComparison.Ordinal))
        || name.Contains("launcher", StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the role that a name implies.</summary>
    internal static ProcessRole RoleOf(string? name) => name switch
    {
        null => ProcessRole.Busy,
        SystemServer => ProcessRole.System,
        _ => IsBusyName(name) ? ProcessRole.Busy : ProcessRole.Other,
    };

    /// <summary>Returns the role of a process. Not thread-safe.</summary>
    internal ProcessRole RoleOf(HandleProcess? process)
    {
        if (process is null)
            return ProcessRole.Other;

        // It is asked for each of its pairs.
        ref ProcessRole role = ref CollectionsMarshal.GetValueRefOrAddDefault(_roles, process, out bool isKnown);
        if (!isKnown)
            role = FindRole(process);
        return role;
    }

    private ProcessRole FindRole(HandleProcess process) => process switch
    {
        { IsOfManager: true } => ProcessRole.Manager,
        _ when _systems.Contains(process) => ProcessRole.System,
        _ when _apps.Contains(process) => ProcessRole.Other,
        { Name: SystemServer } => IsSystemServer(process) ? ProcessRole.System : ProcessRole.Other,
        _ => RoleOf(process.Name),
    };

    /// <summary>Returns whether a process is the system server. An app may call itself so, but cannot choose its uid.</summary>
    internal static bool IsSystemServer([NotNullWhen(true)] HandleProcess? process) => process is { Name: SystemServer } && !(process.Uid is { } uid && AndroidUid.IsOfApp(uid));

    /// <summary>Returns the role of a holder, which may be the manager if only lists of holders tell of it and nothing says that it is not:
    /// the manager starts before those whose nodes it holds.</summary>
    internal ProcessRole RoleOfHolder(HandleUsage pair) =>
        pair.Holder is { IsInferred: true, Name: null, BinderContext.ManagerNode: null } holder && holder.Id < pair.Owner?.Id
            ? ProcessRole.Manager
            : RoleOf(pair.Holder);

    /// <summary>Returns the number of handles that pairs of these roles stay below on healthy phones; 0 if only the minimum
    /// applies.</summary>
    internal static int HealthyHandles(ProcessRole holder, ProcessRole owner) => (holder, owner) switch
    {
        (ProcessRole.Manager, _) => 400,
        (ProcessRole.System, ProcessRole.Busy) => 600,
        (ProcessRole.System, _) => 300,
        (ProcessRole.Busy, ProcessRole.System) => 300,
        (_, ProcessRole.System) => 150,
        _ => 0,
    };

    /// <summary>Returns the same for handles to nodes without another holder.</summary>
    internal static int HealthySingle(ProcessRole holder, ProcessRole owner) => (holder, owner) switch
    {
        (ProcessRole.System or ProcessRole.Manager, _) => HealthyHandles(holder, owner),
        (ProcessRole.Busy, ProcessRole.System) => 150,
        _ => 0,
    };
}
