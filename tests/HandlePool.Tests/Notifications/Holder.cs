using System.Text;
using System.Text.RegularExpressions;
using HandlePool.Dumps;
using HandlePool.Tests.SessionFiles;

namespace HandlePool.Tests.Notifications;

/// <summary>Sets up a client that holds handles of a server, under the rules of a driver, and says in short what it is told.</summary>
internal sealed class Holder
{
    internal Holder(string driver, int handles = 1)
    {
        World = new World(OptionsOf(driver));
        World.Hold(handles);
        (Session, Client, Server) = (World.Session, World.Client, World.Server);
    }

    private Holder(Holder holder)
    {
        World = holder.World;
        Session = SessionText.Read(SessionText.Of(holder.Session));
        (Client, Server) = (Session.GetProcess("client"), Session.GetProcess("server"));
    }

    internal static TheoryData<string> Drivers => new("C", "Rust", "Rust before 7.2");

    internal World World { get; }

    internal HandleSession Session { get; }

    internal HandleProcess Client { get; }

    internal HandleProcess Server { get; }

    internal static HandleSessionOptions OptionsOf(string driver) => driver switch
    {
        "C" => new HandleSessionOptions { Driver = HandleDriver.C },
        "Rust" => new HandleSessionOptions { Driver = HandleDriver.Rust },
        _ => new HandleSessionOptions { Driver = HandleDriver.Rust, FreezeListenerLeak = true },
    };

    /// <summary>Continues in the session that a file of this one gives.</summary>
    internal Holder Reload()
    {
        Holder reloaded = new(this);
        Assert.Equal(SessionText.Of(Session), SessionText.Of(reloaded.Session));
        return reloaded;
    }

    /// <summary>Returns the lines that a dump has about work.</summary>
    internal IEnumerable<string> WorkLines()
    {
        using MemoryStream stream = new();
        DumpWriter.Write(stream, Session, Session.Driver == HandleDriver.Rust ? DumpForm.Rust : DumpForm.C);
        return Regex.Matches(Encoding.UTF8.GetString(stream.ToArray()), " (has .*)").Select(line => line.Groups[1].Value);
    }

    internal Holder Death(ulong cookie = 7, long handle = 1)
    {
        Client.RequestNotification(handle, HandleNotificationKind.Death, cookie);
        return this;
    }

    internal Holder Freeze(ulong cookie = 7, long handle = 1)
    {
        Client.RequestNotification(handle, HandleNotificationKind.Freeze, cookie);
        return this;
    }

    internal Holder Exit()
    {
        Session.ExitProcess(Server);
        return this;
    }

    internal Holder Suspend()
    {
        Session.SuspendProcess(Server);
        return this;
    }

    internal Holder BeginSuspend()
    {
        Session.BeginSuspendProcess(Server);
        return this;
    }

    /// <summary>Lets the freezing of the server fail.</summary>
    internal Holder FailSuspend()
    {
        Session.FailFreezes(Server);
        Refused.With("ProcessBusy", Errno.EAGAIN, () => Session.SuspendProcess(Server));
        return this;
    }

    internal Holder Resume()
    {
        Session.ResumeProcess(Server);
        return this;
    }

    internal Holder Done(ulong cookie = 7, HandleNotificationKind kind = HandleNotificationKind.Death)
    {
        Client.CompleteNotification(kind, cookie);
        return this;
    }

    internal Holder Clear(ulong cookie = 7, HandleNotificationKind kind = HandleNotificationKind.Death, long handle = 1)
    {
        Client.ClearNotification(handle, kind, cookie);
        return this;
    }

    internal Holder Drop(long handle = 1)
    {
        Client.DropReference(handle);
        return this;
    }

    /// <summary>Asserts what the client reads now: codes without <c>BR_</c>, with the cookie and, of a freeze, the state.</summary>
    internal Holder Reads(params string[] expected)
    {
        Assert.Equal(expected, Client.ReceiveNotifications().Select(read =>
            $"{read.Return.ToString()[3..]} {read.Cookie}{(read.IsFrozen is { } isFrozen ? isFrozen ? " frozen" : " thawed" : "")}".TrimEnd()));
        return this;
    }

    /// <summary>Asserts the states of the client's notifications.</summary>
    internal Holder Is(params HandleNotificationState[] expected)
    {
        Assert.Equal(expected, Client.GetNotifications().Select(notification => notification.State));
        return this;
    }

    /// <summary>Asserts that something is refused, and has changed nothing that the client can see.</summary>
    internal Holder Refuses(string errorId, Errno errno, Action<HandleProcess> operation)
    {
        string before = Describe();
        World.Refuses(errorId, errno, () => operation(Client));
        Assert.Equal(before, Describe());
        return this;
    }

    private string Describe() => string.Join('\n', Client.GetNotifications().Select(each => $"{each.Handle} {each.Node} {each.Kind} {each.Cookie} {each.State}"));
}
