using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace HandlePool.Benchmarks.Comparisons;

/// <summary>The PowerShell on PATH, or else the .NET tool that the repository pins, and the built module.</summary>
internal sealed class PowerShellHost
{
    private static readonly string[][] Engines = [["pwsh"], ["dotnet", "tool", "run", "pwsh", "--"]];
    private readonly string _root;
    private readonly string[] _engine;

    private PowerShellHost(string root, string[] engine) => (_root, _engine) = (root, engine);

    internal string ModulePath => Path.Combine(_root, "HandlePool.psd1");

    internal string AssemblyPath => AssemblyOf(_root);

    /// <summary>Finds both; says what is missing if one of them is not there.</summary>
    internal static PowerShellHost? Find(out string missing)
    {
        missing = "";
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "HandlePool.psd1")))
            root = Path.GetDirectoryName(root);
        if (root is null)
            missing = "this does not run from within the repository";
        else if (!File.Exists(AssemblyOf(root)))
            missing = "the module is not built; run ./build.ps1 Build";
        if (missing.Length > 0)
            return null;

        foreach (string[] engine in Engines)
        {
            PowerShellHost host = new(root!, engine);
            if (host.TryRun(["-Command", "exit"], out _, out _))
                return host;
        }

        missing = "no PowerShell on PATH, and the .NET tool is not restored; run dotnet tool restore";
        return null;
    }

    /// <summary>What a command takes from start to end, in milliseconds.</summary>
    internal double Time(string command)
    {
        long start = Stopwatch.GetTimestamp();
        if (!TryRun(["-Command", command], out _, out string error))
            throw new InvalidOperationException(error);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>Runs a script of the repository with -AsJson.</summary>
    internal bool TryRunScript(string path, out ScriptRow[] rows, out string error)
    {
        rows = [];
        if (!TryRun(["-File", Path.Combine(_root, path), "-AsJson"], out string json, out error))
            return false;
        rows = JsonSerializer.Deserialize<ScriptRow[]>(json)!;
        return true;
    }

    private static string AssemblyOf(string root) => Path.Combine(root, "bin", "HandlePool.PowerShell.dll");

    private bool TryRun(string[] arguments, out string output, out string error)
    {
        ProcessStartInfo start = new(_engine[0], [.. _engine[1..], "-NoProfile", "-NonInteractive", .. arguments])
        {
            WorkingDirectory = _root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            error = errors.Result.Trim();
            return process.ExitCode == 0 && error.Length == 0;
        }
        catch (Win32Exception exception)
        {
            (output, error) = ("", exception.Message);
            return false;
        }
    }

    /// <summary>What the scripts under tests/ write: a command against another, by turns, times in milliseconds.</summary>
    internal sealed record ScriptRow(string Command, string Against, string Over, double Ratio, double Time, double AgainstTime,
        double Least, double AgainstLeast, string? Skipped);
}
