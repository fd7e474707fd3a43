using System.Text;
using HandlePool.IO;

namespace HandlePool.PowerShell.Binding;

/// <summary>Recognizes files of the module by how they begin, and says which cmdlet reads them.</summary>
internal static class FileKind
{
    /// <summary>The advice for a baseline.</summary>
    internal const string Baseline = "Use Find-HandleLeak -Baseline to judge by a baseline.";

    /// <summary>The advice for a dump.</summary>
    internal const string Dump = "Use Import-HandleDump to read a dump.";

    private const int Head = 4096;

    /// <summary>Returns a sentence that names the cmdlet for a file, or null if the file is none of the module's.</summary>
    internal static string? Advise(string path)
    {
        string head;
        try
        {
            // A pipe has been read, and would be waited for.
            if (NamedPipe.HasNoLength(path))
                return null;
            using StreamReader reader = new(path, Encoding.UTF8);
            char[] buffer = new char[Head];
            head = new string(buffer, 0, reader.ReadBlock(buffer)).TrimStart();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        string first = head.Split('\n', 2)[0].Trim();
        if (head.StartsWith('{') && head.Contains("\"format\"", StringComparison.Ordinal) && head.Contains("handlepool", StringComparison.OrdinalIgnoreCase))
            return "Use Import-HandleSession to read a session file.";
        if (head.StartsWith('{') && head.Contains("\"Dumps\"", StringComparison.Ordinal) && head.Contains("\"Pairs\"", StringComparison.Ordinal))
            return Baseline;
        if (first.Split(',').Select(name => name.Trim('"', ' ')).Contains("Operation", StringComparer.OrdinalIgnoreCase))
            return "Use Import-Csv and Invoke-HandleOperation to replay operations.";
        bool isDump = head.StartsWith("binder ", StringComparison.Ordinal) || head.Contains("\nbinder ", StringComparison.Ordinal)
            || head.StartsWith("proc ", StringComparison.Ordinal) || head.Contains("\nproc ", StringComparison.Ordinal)
            || head.StartsWith("PK", StringComparison.Ordinal) || head.Contains("== dumpstate", StringComparison.Ordinal);
        return isDump ? Dump : null;
    }
}
