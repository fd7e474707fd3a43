using System.Globalization;
using HandlePool.Text;

namespace HandlePool.Traces;

/// <summary>Represents the calls of one thread, with one code to one process, that created references which are still held. Immutable.</summary>
/// <remarks>A reference that came in a reply counts for the call that was answered: its caller is the holder itself.</remarks>
public sealed class HandleCallSource : ISessionMember
{
    internal HandleCallSource(HandleSession session, HandleTrace trace, in CallKey key, IReadOnlyList<CreatedReference> created)
    {
        Session = session;
        Trace = trace;
        ProcessId = key.Process > 0 ? key.Process : null;
        ThreadId = key.Thread > 0 ? key.Thread : null;
        ThreadName = key.Thread > 0 ? trace.NameOf(key.Thread) : "";
        CalledId = key.Called > 0 ? key.Called : null;
        Code = key.Code;
        IsReply = key.IsReply;
        IsOneWay = key.IsOneWay;
        Context = created[0].Reference.Process.Context;
        Process = Find(session, key.Process, Context);
        Called = Find(session, key.Called, Context);
        References = new HandleList<HandleReference>([.. created.Select(each => each.Reference)]);
        Lines = new HandleList<string>([.. created.Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.Path}:{each.Line}"))]);
        long[] times = [.. created.Select(each => each.Time).Where(time => time >= 0)];
        if (times.Length > 0)
            (Time, LastTime) = (TimeSpan.FromTicks(times.Min()), TimeSpan.FromTicks(times.Max()));
    }

    /// <summary>Gets the process that made the calls; null if the session does not have it, or if the trace does not tell it.</summary>
    public HandleProcess? Process { get; }

    /// <summary>Gets its pid; null if the trace does not tell it.</summary>
    public int? ProcessId { get; }

    /// <summary>Gets its name or, without one, its pid; <c>(unknown)</c> if the trace does not tell it.</summary>
    public string ProcessName => NameOf(Process, ProcessId);

    /// <summary>Gets the thread that made the calls; null if the trace does not have the call that a reply answers.</summary>
    public int? ThreadId { get; }

    /// <summary>Gets the last name of the thread in a form that is safe to display; empty if the trace does not tell it.</summary>
    public string Thread => ThreadName.Length > 0 ? VisibleText.Name(ThreadName) : ThreadId?.ToString(CultureInfo.InvariantCulture) ?? "";

    /// <summary>Gets the last name of the thread.</summary>
    public string ThreadName { get; }

    /// <summary>Gets the code of the calls: the number of the method in the interface that was called. Null if the trace does not tell it.</summary>
    public uint? Code { get; }

    /// <summary>Gets the process that was called; null if the session does not have it, or if the trace does not tell it.</summary>
    public HandleProcess? Called { get; }

    /// <summary>Gets its pid; null if the trace does not tell it.</summary>
    public int? CalledId { get; }

    /// <summary>Gets its name or, without one, its pid; <c>(unknown)</c> if the trace does not tell it.</summary>
    public string CalledName => NameOf(Called, CalledId);

    /// <summary>Gets whether the references came in the replies.</summary>
    public bool IsReply { get; }

    /// <summary>Gets whether the calls were one-way.</summary>
    public bool IsOneWay { get; }

    /// <summary>Gets the context.</summary>
    public string Context { get; }

    /// <summary>Gets the number of references that are still held.</summary>
    public int Handles => References.Count;

    /// <summary>Gets these references, in the order in which they were created.</summary>
    public HandleList<HandleReference> References { get; }

    /// <summary>Gets the file and line of the event that created each of them, in the same order.</summary>
    public HandleList<string> Lines { get; }

    /// <summary>Gets the time of the first by the clock of the trace, usually since the boot; null if it is unknown.</summary>
    public TimeSpan? Time { get; }

    /// <summary>Gets the time of the last; null if it is unknown.</summary>
    public TimeSpan? LastTime { get; }

    /// <summary>Gets the trace.</summary>
    public HandleTrace Trace { get; }

    HandleSession ISessionMember.Session => Session;

    /// <summary>Gets the session of the dump.</summary>
    internal HandleSession Session { get; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{ProcessName}/{Thread} code {Code?.ToString(CultureInfo.InvariantCulture) ?? "?"} -> {CalledName}: {Handles}");

    private static HandleProcess? Find(HandleSession session, int process, string context) => process > 0 ? session.FindProcess(process, context) : null;

    private static string NameOf(HandleProcess? process, int? id) => process?.ToString() ?? id?.ToString(CultureInfo.InvariantCulture) ?? "(unknown)";
}

/// <summary>Represents what calls have in common.</summary>
internal readonly record struct CallKey(int Process, int Thread, uint? Code, int Called, bool IsReply, bool IsOneWay);

/// <summary>Represents a reference with the event that created it.</summary>
internal readonly record struct CreatedReference(HandleReference Reference, string Path, long Line, long Time);
