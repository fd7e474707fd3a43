namespace HandlePool.Generator;

/// <summary>Specifies what has happened on a device.</summary>
internal enum IncidentKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The system server holds too many proxies of an app, which is killed, again and again.</summary>
    Kill,

    /// <summary>An app holds so many proxies that it crashes.</summary>
    Proxies,

    /// <summary>The table of global references of an app is full, because others hold its binder objects.</summary>
    Jni,

    /// <summary>A native process holds too many proxies of an app, and logs it.</summary>
    Native,
}

/// <summary>Represents what happened on a device at one moment, as its report must tell it.</summary>
/// <param name="Kind">The kind, as the library names it.</param>
/// <param name="Time">The time of its first line.</param>
/// <param name="Victims">The processes that ended; none for a limit after which nothing ends.</param>
/// <param name="VictimUid">Their uid; null if there are none.</param>
/// <param name="Holder">The process that held the proxies or references.</param>
/// <param name="SenderUid">The uid that sent the objects, or most of them; null where nothing counts senders.</param>
/// <param name="Limit">The limit.</param>
/// <param name="Count">The number that the lines state; null if they do not.</param>
/// <param name="Interfaces">The largest interfaces or classes in its lines, the largest first.</param>
internal sealed record DeviceIncident(string Kind, DateTime Time, IReadOnlyList<DeviceProcess> Victims, int? VictimUid, DeviceProcess Holder, int? SenderUid, int Limit,
    int? Count, IReadOnlyList<(string Name, int Count)> Interfaces)
{
    /// <summary>Gets the proxies of each uid that the holder had.</summary>
    internal IReadOnlyList<(int Uid, int Count)> UidCounts { get; init; } = [];

    /// <summary>Gets the times at which the holder logged the growth of its proxies, and their number.</summary>
    internal IReadOnlyList<(DateTime Time, int Count)> Growth { get; init; } = [];
}
