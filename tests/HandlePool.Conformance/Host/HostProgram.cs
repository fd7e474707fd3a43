using System.Diagnostics;

namespace HandlePool.Conformance;

/// <summary>Runs a program of the host to its end.</summary>
internal static class HostProgram
{
    /// <summary>Runs a program.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">The folder in which it runs; null for the current one.</param>
    /// <param name="input">What it reads; null for nothing.</param>
    /// <param name="takeOutput">Takes what it writes; null if it is text to return.</param>
    /// <returns>The text that it wrote.</returns>
    /// <exception cref="GuestException">It failed.</exception>
    internal static string Run(string program, IEnumerable<string> arguments, string? folder = null, IEnumerable<string>? input = null,
        Action<Stream>? takeOutput = null)
    {
        ProcessStartInfo start = new(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task writing = Task.Run(() =>
        {
            using StreamWriter writer = process.StandardInput;
            foreach (string line in input ?? [])
                writer.Write(line + "\n");
        });
        string text = "";
        if (takeOutput is null)
            text = process.StandardOutput.ReadToEnd();
        else
            takeOutput(process.StandardOutput.BaseStream);
        process.WaitForExit();
        try
        {
            writing.Wait();
        }
        catch (AggregateException)
        {
            // It has ended without reading everything, and says why.
        }

        return process.ExitCode == 0 ? text
            : throw new GuestException($"{Path.GetFileName(program)} failed with exit code {process.ExitCode}: {errors.Result.Trim()}");
    }
}
