using System.Management.Automation;
using HandlePool.Dumps;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Errors;
using HandlePool.PowerShell.Files;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet that takes series of sessions: sessions of this runspace, or dumps that it reads.</summary>
/// <remarks>All sessions are one series, and so are all files. The files of a folder are a series of their own.</remarks>
public abstract class DumpSeriesCommand : DumpCommand
{
    private readonly List<HandleSession> _given = [];
    private readonly List<string> _files = [];
    private readonly List<string> _folders = [];

    /// <summary>The sessions: objects or names or patterns. The current one by default.</summary>
    [Parameter(Position = 0, ParameterSetName = "Session", ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity[]? Session { get; set; }

    /// <summary>The files with dumps, or a folder for each device. Patterns are resolved.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Path")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The files or folders, taken literally.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Gets the name of the folder whose dumps are being used; null for sessions, and for files that were given.</summary>
    private protected string? Device { get; private set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == "Session")
        {
            SessionStore store = SessionStore.Here;
            foreach (SessionIdentity identity in Session ?? [new SessionIdentity(store.Current)])
            {
                Try(() =>
                {
                    HandleSession[] found = store.Find(identity);
                    if (found.Length == 0)
                        WriteError(ErrorRecords.NoSessionMatches(identity.ToString()));
                    _given.AddRange(found.Except(_given));
                });
            }

            return;
        }

        bool isLiteral = ParameterSetName == "LiteralPath";
        foreach (string path in InputFiles.Resolve(this, isLiteral ? LiteralPath : Path, isLiteral, Fail))
        {
            List<string> known = Directory.Exists(path) ? _folders : _files;
            if (!known.Contains(path))
                known.Add(path);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_given.Count > 0)
            Try(() => Use(_given));
        UseDumps(_files, folder: null);
        foreach (string folder in _folders)
        {
            if (Try(() => FilesOf(folder)) is { } files)
                UseDumps(files, folder);
        }
    }

    /// <summary>Returns the name of a device: that of its folder, with as many of the folders around it as tell it from the others.</summary>
    private string DeviceOf(string folder)
    {
        string[] parts = PartsOf(folder);
        int count = 1;
        while (count < parts.Length && _folders.Exists(other => other != folder && PartsOf(other).TakeLast(count).SequenceEqual(parts.TakeLast(count))))
            count++;
        return string.Join('/', parts.TakeLast(count));

        static string[] PartsOf(string path) => path.Split([System.IO.Path.DirectorySeparatorChar, System.IO.Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Uses the sessions of one device.</summary>
    private protected abstract void Use(IReadOnlyList<HandleSession> series);

    /// <summary>Returns what is in a folder, in natural order. A folder in it has the files of one moment.</summary>
    private static List<string> FilesOf(string folder)
    {
        try
        {
            List<string> entries = [.. Directory.GetFileSystemEntries(folder, "*", new EnumerationOptions()).Order(NaturalOrder.Instance)];
            if (entries.Count == 0)
                throw Refuse("the folder is empty.");
            if (entries.TrueForAll(IsFolderOfFolders))
            {
                throw Refuse($"the folders in it, such as '{VisibleText.Of(System.IO.Path.GetFileName(entries[0]))}', have no files, but folders. "
                    + $"Use -Path '{VisibleText.Of(System.IO.Path.Join(folder, "*"))}' for a folder for each device.");
            }

            return entries;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Refuse(exception.Message);
        }

        // One that cannot be read is an error of its own.
        static bool IsFolderOfFolders(string path)
        {
            try
            {
                return Directory.Exists(path) && DumpReader.FilesOf(path).Count == 0 && DumpReader.FoldersOf(path).Count > 0;
            }
            catch (HandleException)
            {
                return false;
            }
        }

        HandleException Refuse(string message) => new(HandleErrorIds.DumpFormat, Errno.EINVAL, $"{VisibleText.Of(folder)}: {message}", folder);
    }

    private void UseDumps(List<string> paths, string? folder)
    {
        List<HandleSession> series = [];
        foreach (string path in paths)
        {
            if (Stopping)
                return;
            Read(path, new DumpReaderOptions(),
                options => Directory.Exists(path) ? [DumpReader.Merge([path], options, StopToken)] : DumpReader.ReadFile(path, options, isNamed: folder is null, StopToken),
                dump => series.Add(dump.Session));
        }

        Device = folder is null ? null : DeviceOf(folder);

        // The same names come again in the folder of the next device.
        if (Device is not null)
        {
            foreach (HandleSession session in series)
                session.Name = $"{Device}/{session.Name}";
        }

        if (series.Count > 0)
            Try(() => Use(series));
    }
}
