using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Mono.Cecil;

namespace HandlePool.Tests.Architecture;

/// <summary>The folders of each assembly depend on each other in one direction only.</summary>
public sealed class ArchitectureTests(ITestOutputHelper output)
{
    // From the ground up. A folder may use those of the layers before its own, and none of its own layer.
    private static readonly Dictionary<string, string[][]> Layers = new()
    {
        ["HandlePool"] =
        [
            ["Text"], ["IO", "Errors"], ["Pools"], ["Tables"], ["Evidence"], ["Sessions"],
            ["Experiments", "Dumps", "SessionFiles", "Analysis", "Measurements"], ["Traces", "Devices", "Gates"], ["Reports"],
        ],
        ["HandlePool.PowerShell"] = [["Binding", "Errors", "Progress"], ["Files", "Views"], ["Completion", "Assertions"], ["Commands"]],
    };

    public static TheoryData<string> Assemblies => new(Layers.Keys);

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Folders_depend_on_lower_layers_only(string assembly)
    {
        FolderGraph graph = Graph(assembly);
        Assert.Equal(Layers[assembly].SelectMany(layer => layer).Order(StringComparer.Ordinal), graph.Folders);
        Assert.Equal([], graph.ArrowsUp(Layers[assembly]));
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Folders_form_no_cycle(string assembly) =>
        Assert.Equal([], Graph(assembly).Cycles().Select(cycle => string.Join(", ", cycle)));

    [Fact]
    public void Types_and_members_that_the_page_on_architecture_names_exist()
    {
        // Read, and not loaded: there is no PowerShell here.
        TypeDefinition[] types = [.. Layers.Keys.SelectMany(assembly => ModuleDefinition.ReadModule(Assembly.Load(assembly).Location).GetTypes())];
        HashSet<string> known = [.. types.Select(type => type.Name), .. types.SelectMany(type => type.Methods).Select(method => method.Name),
            .. Layers.Values.SelectMany(layers => layers).SelectMany(layer => layer), "Module", "Should", "Locked"];

        IEnumerable<string> names = Regex.Matches(File.ReadAllText(PageAt()), "`([A-Z][A-Za-z]+(\\.[A-Z][A-Za-z]+)*)`").SelectMany(match => match.Groups[1].Value.Split('.'));

        Assert.Equal([], names.Where(name => !known.Contains(name)).Distinct());
    }

    private static string PageAt([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "..", "docs", "architecture.md");

    private FolderGraph Graph(string assembly)
    {
        FolderGraph graph = FolderGraph.Of(Assembly.Load(assembly));
        output.WriteLine($"{assembly}: {graph.Folders.Length} folders, {graph.Arrows.Count} arrows");
        foreach (string line in graph.Describe())
            output.WriteLine(line);
        return graph;
    }
}
