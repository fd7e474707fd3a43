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
    /// <param name="takeOutput">Takes what it writes, and returns whether that is enough: then the rest does not matter. Null if it is text to return.</param>
    /// <param name="cancellation">Ends the program.</param>
    /// <returns>The text that it wrote.</returns>
    /// <exception cref="GuestException">It failed.</exception>
    internal static string Run(string program, IEnumerable<string> arguments, string? folder = null, IEnumerable<string>? input = null,
        Func<Stream, bool>? takeOutput = null, CancellationToken cancellation = default)
    {
        using Process process = ChildProcess.Start(program, arguments, folder ?? "");

        // It alone is cancelled, and so what waits for it ends.
        using CancellationTokenRegistration end = cancellation.Register(process.Kill);
        Task<string> errors = ChildProcess.ReadEndAsync(process.StandardError);
        Task writing = Task.Run(() =>
        {
            using StreamWriter writer = process.StandardInput;
            foreach (string line in input ?? [])
                writer.Write(line + "\n");
        }, CancellationToken.None);
        string text = "";
        bool isEnough = false;
        if (takeOutput is null)
            text = process.StandardOutput.ReadToEnd();
        else
            isEnough = takeOutput(process.StandardOutput.BaseStream);

        // A program that is not done ends at the closed pipe.
        process.StandardOutput.Close();
        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        try
        {
            writing.Wait(CancellationToken.None);
        }
        catch (AggregateException)
        {
            // It has ended without reading everything, and says why.
        }

        return process.ExitCode == 0 || isEnough ? text
            : throw new GuestException($"{Path.GetFileName(program)} failed with exit code {process.ExitCode}: {errors.Result.Trim()}");
    }

    /// <summary>Copies all that a program writes.</summary>
    /// <returns>False: its exit code counts.</returns>
    internal static bool CopyAll(Stream output, Stream target)
    {
        output.CopyTo(target);
        return false;
    }
}
