using System.Collections.ObjectModel;
using System.Management.Automation;
using HandlePool.IO;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Errors;
using HandlePool.Text;

namespace HandlePool.PowerShell.Files;

/// <summary>Finds and checks the file that an Export cmdlet writes, as the built-in cmdlets do.</summary>
internal static class OutputFile
{
    /// <summary>Returns the full path of the file to write, or null if it must not be written. The reason is written as an error.</summary>
    /// <param name="cmdlet">The cmdlet, in whose current location a relative path is.</param>
    /// <param name="path">The path. A pattern must match one file.</param>
    /// <param name="isLiteral">Whether the path is taken literally.</param>
    /// <param name="noClobber">Whether an existing file must stay.</param>
    /// <param name="force">Whether a read-only file is replaced.</param>
    /// <param name="action">The action that -WhatIf and -Confirm name.</param>
    internal static string? Prepare(PSCmdlet cmdlet, string path, bool isLiteral, bool noClobber, bool force, string action)
    {
        string file;
        try
        {
            if (!isLiteral && WildcardPattern.ContainsWildcardCharacters(path))
            {
                string[] found = FilePath.Matching(cmdlet.SessionState.Path, path);
                if (found.Length != 1)
                {
                    cmdlet.WriteError(ErrorRecords.NotOneFile(path, found.Length));
                    return null;
                }

                file = found[0];
            }
            else
            {
                file = FilePath.Of(cmdlet.SessionState.Path, path);
            }

            // The provider drops the sign of a folder, and a file would have its name.
            if ((path.EndsWith('/') || path.EndsWith('\\')) && !Directory.Exists(file))
            {
                cmdlet.WriteError(ErrorRecords.NotWritten(file, new DirectoryNotFoundException($"There is no folder '{VisibleText.Of(path)}'. Create it, or use the path of a file.")));
                return null;
            }
        }
        catch (RuntimeException exception)
        {
            cmdlet.WriteError(ErrorRecords.NotResolved(path, exception));
            return null;
        }

        string target;
        try
        {
            target = LinkedFile.Resolve(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            cmdlet.WriteError(ErrorRecords.NotWritten(file, exception));
            return null;
        }

        if (noClobber && (File.Exists(target) || LinkedFile.IsLink(file)))
        {
            cmdlet.WriteError(ErrorRecords.FileExists(file));
            return null;
        }

        if (File.Exists(target))
        {
            if (!force && IsReadOnly(target))
            {
                cmdlet.WriteError(ErrorRecords.FileReadOnly(file));
                return null;
            }

            if (IsDevice(cmdlet, target))
            {
                cmdlet.WriteError(ErrorRecords.FileIsDevice(file));
                return null;
            }
        }

        return cmdlet.ShouldProcess(file, action) ? file : null;
    }

    /// <summary>Returns a file as Get-Item writes it, with the properties that its view shows, wherever the current location is.</summary>
    internal static Collection<PSObject> GetItem(PSCmdlet cmdlet, string file) =>
        cmdlet.InvokeProvider.Item.Get([$"Microsoft.PowerShell.Core\\FileSystem::{file}"], force: true, literalPath: true);

    /// <summary>Returns whether the owner may not write a file, or this process may not.</summary>
    private static bool IsReadOnly(string file) => File.GetAttributes(file).HasFlag(FileAttributes.ReadOnly)
        || (!OperatingSystem.IsWindows() && !File.GetUnixFileMode(file).HasFlag(UnixFileMode.UserWrite));

    /// <summary>Returns whether a file is a device, a pipe or a socket. Root could replace one otherwise.</summary>
    private static bool IsDevice(PSCmdlet cmdlet, string file) => !OperatingSystem.IsWindows()
        && GetItem(cmdlet, file).Any(item => TypeOf(item) is "CharacterDevice" or "BlockDevice" or "NamedPipe" or "Socket");

    /// <summary>Returns the kind of file that Get-Item shows.</summary>
    private static string? TypeOf(PSObject item) => item.Properties["UnixStat"]?.Value is { } status
        ? PSObject.AsPSObject(status).Properties["ItemType"]?.Value?.ToString()
        : null;
}
