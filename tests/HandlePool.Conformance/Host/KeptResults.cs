namespace HandlePool.Conformance;

/// <summary>Keeps what the guests wrote, in a folder for each kernel, and the steps that each scenario had.</summary>
internal sealed class KeptResults
{
    internal const string Steps = "scenario.steps";
    internal const string Shortened = "shortened.steps";

    private readonly string _folder;

    private KeptResults(string folder) => _folder = folder;

    /// <summary>Makes the folder, or takes an empty one, before a run spends its time.</summary>
    /// <exception cref="GuestException">It is a file, or has something already.</exception>
    internal static KeptResults Create(string folder)
    {
        if (File.Exists(folder))
            throw new GuestException($"-Keep needs a folder, and {folder} is a file.");
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new GuestException($"-Keep needs a new or empty folder, so that the results of runs do not mix. {folder} is not empty: delete it, or give another.");
        try
        {
            Directory.CreateDirectory(folder);
            using FileStream file = new(Path.Combine(folder, ".new"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new GuestException($"-Keep needs a folder that can be written: {exception.Message}", exception);
        }

        return new KeptResults(folder);
    }

    /// <summary>Copies the results of a guest, and adds the steps of its scenarios.</summary>
    internal void Add(string release, IEnumerable<Scenario> scenarios, string results)
    {
        foreach (string file in Directory.EnumerateFiles(results, "*", SearchOption.AllDirectories))
        {
            string path = Path.Combine(_folder, release, Path.GetRelativePath(results, file));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(file, path, overwrite: true);
        }

        foreach (Scenario scenario in scenarios)
            Write(release, scenario, Steps);
    }

    /// <summary>Adds the shortest part of a scenario that differs.</summary>
    internal void AddShortened(string release, Scenario scenario) => Write(release, scenario, Shortened);

    private void Write(string release, Scenario scenario, string name)
    {
        string folder = Path.Combine(_folder, release, scenario.Name);
        Directory.CreateDirectory(folder);
        File.WriteAllLines(Path.Combine(folder, name), scenario.Steps);
    }
}
