using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace HandlePool.Conformance;

/// <summary>Starts a program of the host that does not outlive the run, even if the run is killed.</summary>
/// <remarks>
/// The program ends with the thread that starts it, which must therefore wait for it. It has a session of its own, so that Ctrl+C in a terminal
/// reaches the run alone, which ends its programs itself and knows why they ended.
/// </remarks>
internal static class ChildProcess
{
    private static readonly Lazy<string[]> Wrapper = new(FindWrapper);

    /// <summary>The most that is kept of what a program says: its end.</summary>
    private const int MostText = 1 << 16;

    /// <exception cref="GuestException">The program cannot be started.</exception>
    internal static Process Start(string program, IEnumerable<string> arguments, string folder = "")
    {
        string[] command = [.. Wrapper.Value, program, .. arguments];
        ProcessStartInfo start = new(command[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach (string argument in command.Skip(1))
            start.ArgumentList.Add(argument);
        return Start(start);
    }

    /// <summary>Reads a text to its end, and returns the last of it.</summary>
    internal static async Task<string> ReadEndAsync(TextReader text)
    {
        StringBuilder end = new();
        char[] block = new char[MostText];
        for (int count; (count = await text.ReadAsync(block).ConfigureAwait(false)) > 0;)
        {
            end.Append(block, 0, count);
            if (end.Length > MostText)
                end.Remove(0, end.Length - MostText);
        }

        return end.ToString();
    }

    /// <exception cref="GuestException">The program cannot be started.</exception>
    internal static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new GuestException($"{start.FileName} cannot be started: {exception.Message}", exception);
        }
    }

    /// <summary>Returns the command that starts another; empty where util-linux does not have it.</summary>
    private static string[] FindWrapper()
    {
        string[] command = ["setpriv", "--pdeathsig", "KILL", "setsid"];
        if (HostTools.Find(command[0], HostTools.SearchPath) is null || HostTools.Find(command[^1], HostTools.SearchPath) is null)
            return [];

        // Other programs of these names have other options.
        ProcessStartInfo start = new(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[.. command.Skip(1), "true"])
            start.ArgumentList.Add(argument);
        try
        {
            using Process process = Start(start);
            process.WaitForExit();
            return process.ExitCode == 0 ? command : [];
        }
        catch (GuestException)
        {
            return [];
        }
    }
}
