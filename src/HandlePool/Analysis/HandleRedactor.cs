using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using HandlePool.Evidence;

namespace HandlePool.Analysis;

/// <summary>Makes copies of sessions in which pseudonyms stand for all that tells of apps, users and files. Thread-safe.</summary>
/// <remarks>
/// <para>The same key gives the same pseudonyms, in all sessions and files. Pids, threads and the uids of apps are permuted, so that a copy has the same
/// processes, nodes, handles, counts and leak suspects. docs/redaction.md lists what is replaced, what is kept, and why.</para>
/// <para>Handles, debug ids, counts, sizes and times are kept, and tell what a device did and when.</para>
/// </remarks>
public sealed class HandleRedactor : ISessionMask
{
    private const int KeyBytes = 32;
    private const int FirstLargePid = 1 << 22;
    private const int FirstApp = 10_000;
    private const int FirstOther = 20_000;
    private const int FirstZygoteIsolated = 90_000;
    private const int FirstIsolated = 99_000;
    private const int PerUser = 100_000;

    private const string HiddenMessage = "The text of this anomaly is redacted.";

    private static readonly string[] Contexts = ["binder", "hwbinder", "vndbinder"];

    // Names that are the same on every device. None is a prefix: anybody may name an app com.android.something.
    private static readonly FrozenSet<string> PublicNames = new[]
    {
        "system_server", "servicemanager", "hwservicemanager", "vndservicemanager", "init", "zygote", "zygote64", "webview_zygote", "usap32", "usap64", "surfaceflinger", "mediaserver",
        "audioserver", "cameraserver", "media.extractor", "media.codec", "media.metrics", "mediadrmserver", "drmserver", "netd", "vold", "installd", "keystore", "keystore2", "gatekeeperd",
        "lmkd", "logd", "statsd", "incidentd", "storaged", "traced", "traced_probes", "tombstoned", "adbd", "dumpstate", "bootanimation", "healthd", "ueventd", "wificond", "credstore",
        "gpuservice", "apexd", "perfetto", "system", "phone", "android.process.acore", "android.process.media", "android.ext.services", "com.android.systemui", "com.android.phone",
        "com.android.bluetooth", "com.android.nfc", "com.android.settings", "com.android.shell", "com.android.launcher3", "com.android.se", "com.android.networkstack",
        "com.android.networkstack.process", "com.android.providers.media.module", "com.android.permissioncontroller", "com.android.inputmethod.latin", "com.android.externalstorage",
        "com.google.android.gms", "com.google.android.gms.persistent", "com.google.process.gapps", "com.android.vending",
        "<proxy to dead node>", "<cleared weak-ref>", "<exception during getDescriptor>", "global", "weak global", "NO PACKAGE NAME FOUND",
    }.ToFrozenSet();

    // Interfaces and classes of the framework and of the languages' libraries.
    private static readonly string[] PublicInterfaces =
    [
        "android.accessibilityservice.", "android.accounts.", "android.app.", "android.bluetooth.", "android.companion.", "android.content.", "android.database.", "android.graphics.",
        "android.gui.", "android.hardware.", "android.hidl.", "android.location.", "android.media.", "android.net.", "android.nfc.", "android.os.", "android.permission.", "android.print.",
        "android.provider.", "android.security.", "android.service.", "android.speech.", "android.system.", "android.telecom.", "android.telephony.", "android.ui.", "android.util.",
        "android.view.", "android.webkit.", "android.widget.", "android.window.", "com.android.internal.", "java.lang.", "java.util.", "java.io.", "java.net.", "dalvik.system.",
    ];

    private readonly Pseudonyms _pseudonyms;

    /// <summary>Initializes a redactor.</summary>
    /// <param name="key">
    /// The key, which may have any length; a short one can be guessed. By default a random one, which nobody knows and which is gone with the object.
    /// </param>
    public HandleRedactor(string? key = null) =>
        _pseudonyms = new Pseudonyms(key is null ? RandomNumberGenerator.GetBytes(KeyBytes) : SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>Copies a session with pseudonyms. Takes about the time and the memory of importing it.</summary>
    /// <param name="session">The session, which does not change.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A copy, which is in no runspace: without events and faults, and without the names and hashes of files.</returns>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public HandleSession Redact(HandleSession session, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        return new SessionCopy(session, _pseudonyms.OfName("session", session.Name), cancellationToken, this).Build();
    }

    /// <summary>Copies a baseline with the pseudonyms of its processes, for a report on redacted sessions. Roles stay.</summary>
    /// <param name="baseline">The baseline.</param>
    public HandleBaseline Redact(HandleBaseline baseline)
    {
        ArgumentNullException.ThrowIfNull(baseline);
        return new HandleBaseline(baseline.Dumps, baseline.Pairs.Select(pair => pair with
        {
            Context = RedactContext(pair.Context),
            Holder = RedactParty(pair.Holder),
            Owner = RedactParty(pair.Owner),
        }));
    }

    /// <summary>Returns the pseudonym of a pid or of a thread, which share their numbers; 0, which stands for none, stays.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int RedactPid(int pid)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pid);
        return pid == 0 ? 0 : pid < FirstLargePid ? _pseudonyms.OfNumber(0, pid, 1, FirstLargePid) : _pseudonyms.OfNumber(1, pid, FirstLargePid, 1L << 31);
    }

    /// <summary>Returns the pseudonym of a uid: another app of the same user; uids below 10,000 are the system's own and stay.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int RedactUid(int uid)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(uid);
        int app = uid % PerUser;
        if (app < FirstApp)
            return uid;
        (byte range, int first, int end) = app switch
        {
            < FirstOther => ((byte)2, FirstApp, FirstOther),
            < FirstZygoteIsolated => ((byte)3, FirstOther, FirstZygoteIsolated),
            < FirstIsolated => ((byte)4, FirstZygoteIsolated, FirstIsolated),
            _ => ((byte)5, FirstIsolated, PerUser),
        };
        long redacted = (long)uid - app + _pseudonyms.OfNumber(range, app, first, end);

        // The last user that 31 bits have is not whole.
        return redacted <= int.MaxValue ? (int)redacted : uid - app + first;
    }

    /// <summary>Returns the pseudonym of the name of a process or a package; the name, if it is the same on every device.</summary>
    public string RedactName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length == 0 || PublicNames.Contains(name))
            return name;

        // A process of an app is named after its package.
        if (RedactedText.PackageOf(name) is { } package)
            return $"{RedactName(package)}:{_pseudonyms.OfName("part", name[(package.Length + 1)..])}";

        // Leaks are judged by what busy processes of healthy phones hold.
        return _pseudonyms.OfName("name", name) + (ProcessRoles.IsBusyName(name) ? ".launcher" : "");
    }

    /// <summary>Returns the pseudonym of the name of an interface, a service or a class; the name, if it is of the framework.</summary>
    public string RedactInterface(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        bool isPublic = Array.Exists(PublicInterfaces, start => name.StartsWith(start, StringComparison.Ordinal)) && name.AsSpan().IndexOfAnyExcept(RedactedText.NameLetters) < 0;
        return isPublic ? name : RedactName(name);
    }

    int ISessionMask.Pid(int pid) => RedactPid(pid);

    int ISessionMask.Uid(int uid) => RedactUid(uid);

    string ISessionMask.Process(string name) => RedactName(name);

    string ISessionMask.Context(string context) => RedactContext(context);

    string ISessionMask.Path(string path) => RedactPath(path);

    HandleSource ISessionMask.Source(HandleSource source) => source with { Path = RedactPath(source.Path), Size = 0, Sha256 = null, Build = null };

    string ISessionMask.Message(HandleFinding finding) => HiddenMessage;

    HandleEvidence ISessionMask.Fact(HandleEvidence fact)
    {
        HandleEvidence redacted = new(fact.Kind, RedactPath(fact.Path), fact.Line, new RedactedText(this, fact).ToString())
        {
            Pid = fact.Pid is { } pid ? RedactPid(pid) : null,
            Uid = fact.Uid is { } uid ? RedactUid(uid) : null,
            HolderPid = fact.HolderPid is { } holder ? RedactPid(holder) : null,
            HolderUid = fact.HolderUid is { } holderUid ? RedactUid(holderUid) : null,
            Name = fact.Name is null ? null : string.Join("; ", NamesOf(fact).Select(name => RedactNameOf(fact.Kind, name))),
            Interface = fact.Interface is { } type ? RedactInterface(type) : null,
            Clients = new HandleList<int>([.. fact.Clients.Select(RedactPid)]),
            Count = fact.Count,
            Limit = fact.Limit,
            Time = fact.Time,
            Clock = fact.Clock,
            Rank = fact.Rank,
            IsHardware = fact.IsHardware,
            IsListed = fact.IsListed,
            IsForBinders = fact.IsForBinders,
            Writer = new LogWriter(Pid(fact.Writer.Pid), fact.Writer.Uid is { } writer ? RedactUid(writer) : null, fact.Writer.IsOfEarlierBoot),
            IsOfEarlierRun = fact.IsOfEarlierRun,
            User = fact.User,
            ProcessUid = fact.ProcessUid is { } process ? RedactUid(process) : null,
            Earlier = fact.Earlier is { } earlier ? earlier with { Name = earlier.Name is { } name ? RedactName(name) : null, Place = Place(earlier.Place) } : null,
            Claim = fact.Claim is { } claim ? new FalseClaim(RedactUid(claim.Uid), Place(claim.Place)) { Server = Pid(claim.Server) } : null,
            Unsure = fact.Unsure is { } unsure
                ? unsure with { Writer = RedactPid(unsure.Writer), Of = Pid(unsure.Of), Listed = unsure.Listed is { } listed ? Place(listed) : null, Shown = unsure.Shown is { } shown ? Place(shown) : null } : null,
        };
        return redacted;
    }

    CallRecord ISessionMask.Call(CallRecord call) => call with
    {
        Path = RedactPath(call.Path),
        HostId = Pid(call.HostId),
        HostThread = Pid(call.HostThread),
        FromId = Pid(call.FromId),
        FromThread = Pid(call.FromThread),
        ToId = Pid(call.ToId),
        ToThread = Pid(call.ToThread),
        Context = call.Context is { } context ? RedactContext(context) : null,
    };

    private EvidencePlace Place(EvidencePlace place) => place with { Path = RedactPath(place.Path) };

    private int? Pid(int? pid) => pid is { } known ? RedactPid(known) : null;

    private string RedactContext(string context) => Contexts.Contains(context) ? context : _pseudonyms.OfName("context", context);

    private string RedactParty(string name) => name.StartsWith('(') && name.EndsWith(')') ? name : RedactName(name);

    private string RedactPath(string path) => path.Length == 0 ? path : _pseudonyms.OfName("file", path);

    /// <summary>Returns the names of a fact, which may be a list of packages.</summary>
    internal static string[] NamesOf(HandleEvidence fact) => fact.Kind == HandleEvidenceKind.UidCount ? fact.Packages : fact.Name is { } name ? [name] : [];

    /// <summary>Returns the substitute of one of the names of a fact.</summary>
    internal string RedactNameOf(HandleEvidenceKind kind, string name) => kind switch
    {
        HandleEvidenceKind.Section => name,
        HandleEvidenceKind.Refusal when RedactedText.IsWord(name) => name,
        HandleEvidenceKind.InterfaceCount or HandleEvidenceKind.ReferenceCount or HandleEvidenceKind.LeakedDeathRecipient or HandleEvidenceKind.Service
            or HandleEvidenceKind.ServiceClients => RedactInterface(name),
        _ => RedactName(name),
    };
}
