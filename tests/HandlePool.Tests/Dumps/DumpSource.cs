using System.Globalization;
using System.Text;
using HandlePool.Dumps;

namespace HandlePool.Tests.Dumps;

/// <summary>Where the tests of the reader have their dumps from, and what they say about the result.</summary>
internal static class DumpSource
{
    /// <summary>The path under which <see cref="Read"/> hands text to the reader.</summary>
    internal const string Name = "state.txt";

    /// <summary>Reads text that is one dump.</summary>
    internal static ImportedDump Read(string text, DumpReaderOptions? options = null) => Assert.Single(ReadAll(text, options));

    /// <summary>Reads text.</summary>
    internal static IReadOnlyList<ImportedDump> ReadAll(string text, DumpReaderOptions? options = null) =>
        ReadBytes(Encoding.UTF8.GetBytes(text), options);

    /// <summary>Reads bytes.</summary>
    internal static IReadOnlyList<ImportedDump> ReadBytes(byte[] bytes, DumpReaderOptions? options = null)
    {
        using MemoryStream stream = new(bytes);
        return DumpReader.Read(stream, Name, options);
    }

    /// <summary>The path of a file in tests/data.</summary>
    internal static string DataFile(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "HandlePool.slnx")))
                return Path.Combine(folder.FullName, "tests", "data", name);
        }

        throw new DirectoryNotFoundException($"There is no HandlePool.slnx above {AppContext.BaseDirectory}.");
    }

    /// <summary>Asserts that the reader had nothing to complain about.</summary>
    internal static ImportedDump Clean(this ImportedDump result)
    {
        Assert.Empty(result.Problems);
        Assert.Equal(0, result.ProblemCount);
        Assert.Empty(result.UnknownLines);
        Assert.Equal(0, result.UnknownLineCount);
        Assert.Empty(result.Session.Findings);
        return result;
    }

    /// <summary>The whole session as text, so that two readings can be compared at once.</summary>
    /// <param name="session">The session.</param>
    /// <param name="asWritten">Whether to leave out what a dump cannot say: the name of a process of which it shows nothing but that it holds a node, and a process that only statistics count.</param>
    internal static string Describe(this HandleSession session, bool asWritten = false)
    {
        StringBuilder text = new();
        IFormatProvider invariant = CultureInfo.InvariantCulture;
        foreach (HandleProcess process in session.GetProcesses())
        {
            HandleReference[] references = process.GetReferences();
            bool isShown = process.CountSource == HandleCountSource.State || references.Length > 0;
            if (asWritten && !isShown && !session.GetNodes().Any(node => !node.IsDead && node.Context == process.Context && node.ListedHolders.Contains(process.Id)))
                continue;
            text.AppendLine(invariant, $"{process.Id} {(isShown || !asWritten ? process.Name : null)} {process.Context} {process.IsManager} {process.Capacity}");
            foreach (HandleNode node in process.GetNodes().OrderBy(node => node.Id))
                text.AppendLine(invariant, $"  node {node.Id} {node.IsDead} {node.Strong} {node.Weak} {node.TableCount}");
            foreach (HandleReference held in references)
                text.AppendLine(invariant, $"  ref {held.Handle} {held.Node.Id} {held.Strong} {held.Weak} {held.IsDead} {held.Owner?.Id}");
        }

        return text.ToString();
    }
}
