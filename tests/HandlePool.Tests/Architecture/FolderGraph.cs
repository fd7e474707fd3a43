using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace HandlePool.Tests.Architecture;

/// <summary>The folders of an assembly's sources and the dependencies between their types, as the compiled code has them.</summary>
internal sealed class FolderGraph
{
    private readonly Dictionary<(string From, string To), List<string>> _arrows = [];

    private FolderGraph(IEnumerable<string> folders) => Folders = [.. folders.Distinct().Order(StringComparer.Ordinal)];

    internal string[] Folders { get; }

    internal IReadOnlyCollection<(string From, string To)> Arrows => _arrows.Keys;

    internal static FolderGraph Of(System.Reflection.Assembly assembly)
    {
        SourceFolders sources = SourceFolders.Of(assembly.Location);
        ArchUnitNET.Domain.Architecture architecture = new ArchLoader().LoadAssembly(assembly).Build();
        FolderGraph graph = new(architecture.Types.Select(type => sources[type.FullName]).OfType<string>());
        foreach (IType type in architecture.Types)
        {
            foreach (IType target in type.Dependencies.Select(dependency => dependency.Target))
                graph.Add(sources[type.FullName], sources[target.FullName], $"{type.Name} -> {target.Name}");
        }

        return graph;
    }

    /// <summary>Returns the arrows that do not go from a later layer to an earlier one, each with the types that make it.</summary>
    internal IEnumerable<string> ArrowsUp(IReadOnlyList<string[]> layers)
    {
        Dictionary<string, int> layerOf = layers.SelectMany((folders, layer) => folders.Select(folder => (folder, layer)))
            .ToDictionary(pair => pair.folder, pair => pair.layer);
        foreach ((string from, string to) in _arrows.Keys.Order())
        {
            if (layerOf[from] <= layerOf[to])
                yield return $"{from} -> {to}: {string.Join(", ", _arrows[(from, to)])}";
        }
    }

    /// <summary>Returns the largest groups of folders that reach each other.</summary>
    internal IEnumerable<string[]> Cycles()
    {
        Dictionary<string, HashSet<string>> reached = Folders.ToDictionary(folder => folder, Reach);
        return Folders.Where(folder => reached[folder].Contains(folder))
            .Select(folder => Folders.Where(other => reached[folder].Contains(other) && reached[other].Contains(folder)).ToArray())
            .DistinctBy(cycle => string.Join(' ', cycle));
    }

    /// <summary>Describes the graph: each folder with those that it uses, and by how many dependencies between types.</summary>
    internal IEnumerable<string> Describe()
    {
        foreach (string folder in Folders)
        {
            var targets = _arrows.Where(arrow => arrow.Key.From == folder).OrderBy(arrow => arrow.Key.To, StringComparer.Ordinal);
            yield return $"{folder,-14} -> {string.Join(", ", targets.Select(arrow => $"{arrow.Key.To} ({arrow.Value.Count})"))}";
        }
    }

    private void Add(string? from, string? to, string dependency)
    {
        if (from is null || to is null || from == to)
            return;
        if (!_arrows.TryGetValue((from, to), out List<string>? dependencies))
            _arrows.Add((from, to), dependencies = []);
        if (!dependencies.Contains(dependency))
            dependencies.Add(dependency);
    }

    private HashSet<string> Reach(string folder)
    {
        HashSet<string> reached = [];
        Queue<string> open = new([folder]);
        while (open.TryDequeue(out string? from))
        {
            foreach ((_, string to) in _arrows.Keys.Where(arrow => arrow.From == from))
            {
                if (reached.Add(to))
                    open.Enqueue(to);
            }
        }

        return reached;
    }
}
