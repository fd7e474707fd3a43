namespace HandlePool;

/// <summary>Represents a part of a file that a session was built from. Immutable.</summary>
/// <param name="Path">The file, or <c>ARCHIVE!ENTRY</c> for an entry of a zip archive.</param>
/// <param name="Kind">The kind of text that the part has.</param>
/// <param name="Size">The size of the file in bytes; for an entry, that of the archive.</param>
/// <param name="Sha256">The SHA-256 of the file, in 64 lowercase hexadecimal digits; null if it is not known. For an entry, that of the archive.</param>
/// <param name="Build">The build fingerprint of the device, if the bug report says it; otherwise null.</param>
public sealed record HandleSource(string Path, HandleSourceKind Kind, long Size, string? Sha256, string? Build);

/// <summary>Identifies the kind of a text of the driver, or of one beside it in a bug report.</summary>
public enum HandleSourceKind
{
    /// <summary>All processes: <c>binder_logs/state</c>.</summary>
    State,

    /// <summary>One process: <c>binder_logs/proc/PID</c>.</summary>
    ProcessState,

    /// <summary>The statistics: <c>binder_logs/stats</c>.</summary>
    Statistics,

    /// <summary>The pending transactions: <c>binder_logs/transactions</c>. They show no handles.</summary>
    Transactions,

    /// <summary>The latest transactions: <c>binder_logs/transaction_log</c>. They show no handles.</summary>
    TransactionLog,

    /// <summary>The latest failed transactions: <c>binder_logs/failed_transaction_log</c>. They show no handles.</summary>
    FailedTransactionLog,

    /// <summary>The activity manager's count of the proxies in the system server: <c>dumpsys activity binder-proxies</c>.</summary>
    BinderProxies,

    /// <summary>Other texts of a bug report that say something about handles: see <see cref="HandleSession.GetEvidence"/>.</summary>
    BugReport,

    /// <summary>A trace of binder events: the text of ftrace. No session has one.</summary>
    Trace,
}
