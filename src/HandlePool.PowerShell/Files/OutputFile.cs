using System.Management.Automation;

namespace HandlePool.PowerShell;

/// <summary>The file that an Export cmdlet writes: found, checked, and asked about as the built-in cmdlets do.</summary>
internal static class OutputFile
{
    /// <summary>The full path of the file to write; null if it may not or shall not be written, which is said.</summary>
    /// <param name="cmdlet">The cmdlet, whose current location counts.</param>
    /// <param name="path">The path; it may have a pattern, which must fit one file.</param>
    /// <param name="isLiteral">Whether the path is taken literally.</param>
    /// <param name="noClobber">Whether a file that is there must stay.</param>
    /// <param name="force">Whether a read-only file is replaced.</param>
    /// <param name="action">What -WhatIf and -Confirm say is done to it.</param>
    internal static string? Prepare(PSCmdlet cmdlet, string path, bool isLiteral, bool noClobber, bool force, string action)
    {
        string file;
        try
        {
            ProviderInfo provider;
            if (!isLiteral && WildcardPattern.ContainsWildcardCharacters(path))
            {
                System.Collections.ObjectModel.Collection<string> found = cmdlet.SessionState.Path.GetResolvedProviderPathFromPSPath(path, out provider);
                if (found.Count != 1)
                {
                    cmdlet.WriteError(ErrorRecords.NotOneFile(path, found.Count));
                    return null;
                }

                file = found.First();
            }
            else
            {
                file = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out provider, out _);
            }

            if (provider.Name != "FileSystem")
            {
                cmdlet.WriteError(ErrorRecords.NotAFile(path));
                return null;
            }
        }
        catch (RuntimeException exception)
        {
            cmdlet.WriteError(new ErrorRecord(exception.ErrorRecord, exception));
            return null;
        }

        if (File.Exists(file))
        {
            if (noClobber)
            {
                cmdlet.WriteError(ErrorRecords.FileExists(file));
                return null;
            }

            if (!force && File.GetAttributes(file).HasFlag(FileAttributes.ReadOnly))
            {
                cmdlet.WriteError(ErrorRecords.FileReadOnly(file));
                return null;
            }

            if (IsDevice(cmdlet, file))
            {
                cmdlet.WriteError(ErrorRecords.FileIsDevice(file));
                return null;
            }
        }

        return cmdlet.ShouldProcess(file, action) ? file : null;
    }

    /// <summary>Whether it is a device, a pipe or a socket. As files are replaced whole, root would have a file where /dev/null was.</summary>
    private static bool IsDevice(PSCmdlet cmdlet, string file)
    {
        if (OperatingSystem.IsWindows())
            return false;
        string target = File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file;

        // What /dev/stdout leads to has no path if it is a pipe.
        if (!File.Exists(target))
            return true;
        return cmdlet.InvokeProvider.Item.Get([target], force: true, literalPath: true)
            .Any(item => TypeOf(item) is "CharacterDevice" or "BlockDevice" or "NamedPipe" or "Socket");
    }

    /// <summary>The kind of file, as Get-Item has it.</summary>
    private static string? TypeOf(PSObject item) => item.Properties["UnixStat"]?.Value is { } status
        ? PSObject.AsPSObject(status).Properties["ItemType"]?.Value?.ToString()
        : null;

    /// <summary>Writes the file; what stands in the way is a non-terminating error.</summary>
    /// <returns>Whether it was written.</returns>
    internal static bool Write(PSCmdlet cmdlet, string file, Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (HandleException exception)
        {
            cmdlet.WriteError(ErrorRecords.For(exception));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            cmdlet.WriteError(ErrorRecords.NotWritten(file, exception));
        }

        return false;
    }
}
