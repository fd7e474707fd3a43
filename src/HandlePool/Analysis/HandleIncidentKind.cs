namespace HandlePool.Analysis;

/// <summary>Identifies what happened because of too many binder objects.</summary>
public enum HandleIncidentKind
{
    /// <summary>The activity manager killed processes, because they sent the system server too many binder objects.</summary>
    Kill,

    /// <summary>libbinder counted too many proxies of one uid in a process, and no kill is known.</summary>
    ProxyLimit,

    /// <summary>A Java process held so many proxies that it crashed.</summary>
    ProxyMapOverflow,

    /// <summary>A table of JNI references of a process was full, which ends it.</summary>
    ReferenceTableOverflow,

    /// <summary>A Java process logged how many proxies it holds, because they became many.</summary>
    ProxyMapGrowth,
}
