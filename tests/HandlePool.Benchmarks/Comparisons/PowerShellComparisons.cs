using PowerShellRow = HandlePool.Benchmarks.Comparisons.PowerShellHost.ScriptRow;

namespace HandlePool.Benchmarks.Comparisons;

/// <summary>What is measured at the prompt: the scripts under tests/ do it, each in a PowerShell of its own.</summary>
internal static class PowerShellComparisons
{
    private const int StartRounds = 21;
    private const double MostImportTime = 60;

    internal static IEnumerable<Comparison> Measure()
    {
        PowerShellHost? host = PowerShellHost.Find(out string missing);
        Goal[] pipelines =
        [
            new("$nodes | Add-HandleReference -Process p", "Write-Output", "objects", "<= 2.0x", ratio => ratio <= 2.0),
            new("Get-HandleReference p | Remove-HandleReference", "Write-Output", "objects", "<= 3.5x", ratio => ratio <= 3.5),
        ];
        Goal[] imports =
        [
            new("Import-HandleDump", "switch -Regex -File", "shared nodes", "<= 1/12 of its time", ratio => ratio <= 1.0 / 12),
            new("Import-HandleDump", "mawk", "shared nodes", "<= 2.5x", ratio => ratio <= 2.5),
            new("Import-HandleDump", "switch -Regex -File", "mostly own nodes", "<= 1/5 of its time", ratio => ratio <= 1.0 / 5),
            new("Import-HandleDump", "mawk", "mostly own nodes", "<= 4.5x", ratio => ratio <= 4.5),
        ];

        // One after the other, so that a row is printed as soon as it is known.
        foreach (Comparison row in FromScript(host, missing, "tests/Measure-PipelineCost.ps1", pipelines))
            yield return row;
        foreach (Comparison row in FromScript(host, missing, "tests/Measure-DumpImport.ps1", imports))
            yield return row;
        foreach (Comparison row in ModuleImports(host, missing))
            yield return row;
    }

    private static IEnumerable<Comparison> FromScript(PowerShellHost? host, string missing, string script, Goal[] goals)
    {
        if (host is null || !host.TryRunScript(script, out PowerShellRow[] rows, out missing))
            return goals.Select(goal => Comparison.NotMeasured($"{goal.Command} against {goal.Against}, {goal.Over}", goal.Target, missing));

        return rows.Select(row =>
        {
            Goal? goal = Array.Find(goals, goal => row.Command == goal.Command && row.Against == goal.Against
                && row.Over.Contains(goal.Over, StringComparison.Ordinal));
            return row.Skipped is not null
                ? new Comparison($"{row.Command} against {row.Against}", goal?.Target, row.Skipped, null)
                : new Comparison($"{row.Command} against {row.Against}, {row.Over}", goal?.Target,
                    PairedMeasurement.Number(row.Ratio) + "x", goal?.IsMet(row.Ratio),
                    $"{PairedMeasurement.Number(row.Time)} ms against {PairedMeasurement.Number(row.AgainstTime)} ms"
                    + $" (least {PairedMeasurement.Number(row.Least)} and {PairedMeasurement.Number(row.AgainstLeast)})");
        });
    }

    /// <summary>Measures the module, and what of its import any module has that is made of the same parts.</summary>
    private static IEnumerable<Comparison> ModuleImports(PowerShellHost? host, string missing)
    {
        const string What = "Import-Module over an empty pwsh -NoProfile start";
        string target = $"<= {MostImportTime:N0} ms";
        if (host is null)
        {
            yield return Comparison.NotMeasured(What, target, missing);
            yield break;
        }

        yield return ModuleImport(host, What, host.ModulePath, target);
        string folder = Directory.CreateTempSubdirectory("handlepool").FullName;
        try
        {
            string empty = Path.Combine(folder, "Empty.psd1");
            File.WriteAllText(empty, "@{ ModuleVersion = '1.0'; FunctionsToExport = @(); CmdletsToExport = @(); AliasesToExport = @() }");
            yield return ModuleImport(host, "Import-Module of a manifest alone", empty, null);
            yield return ModuleImport(host, "Import-Module of the assembly alone, without manifest, types and views", host.AssemblyPath, null);
            yield return ModuleImport(host, "Import-Module of a module of one cmdlet, one type and one view", WriteLeastModule(host, folder), null);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Writes a module that has of each part as little as it can have, and returns the path of its manifest.</summary>
    private static string WriteLeastModule(PowerShellHost host, string folder)
    {
        host.Time($"Add-Type -OutputAssembly '{Path.Combine(folder, "Least.dll")}' -TypeDefinition '"
            + """using System.Management.Automation; [Cmdlet("Get", "Least")] public class GetLeast : PSCmdlet { }'""");
        File.WriteAllText(Path.Combine(folder, "Least.Types.ps1xml"), """
            <Types><Type><Name>GetLeast</Name><Members><NoteProperty><Name>Least</Name><Value>1</Value></NoteProperty></Members></Type></Types>
            """);
        File.WriteAllText(Path.Combine(folder, "Least.Format.ps1xml"), """
            <Configuration><ViewDefinitions><View><Name>Least</Name><ViewSelectedBy><TypeName>GetLeast</TypeName></ViewSelectedBy><TableControl>
            <TableHeaders><TableColumnHeader/></TableHeaders><TableRowEntries><TableRowEntry><TableColumnItems><TableColumnItem>
            <PropertyName>Least</PropertyName></TableColumnItem></TableColumnItems></TableRowEntry></TableRowEntries></TableControl></View></ViewDefinitions></Configuration>
            """);
        string manifest = Path.Combine(folder, "Least.psd1");
        File.WriteAllText(manifest, "@{ RootModule = 'Least.dll'; ModuleVersion = '1.0'; TypesToProcess = 'Least.Types.ps1xml'; FormatsToProcess = 'Least.Format.ps1xml'; "
            + "FunctionsToExport = @(); CmdletsToExport = @('Get-Least'); AliasesToExport = @() }");
        return manifest;
    }

    private static Comparison ModuleImport(PowerShellHost host, string what, string path, string? target)
    {
        host.Time($"Import-Module '{path}'");
        PairedMeasurement result = PairedMeasurement.Run(() => host.Time($"Import-Module '{path}'"), () => host.Time("$null"),
            StartRounds, TimeSpan.Zero);
        return new Comparison(what, target, $"{PairedMeasurement.Number(result.Difference)} ms ({result.DifferenceSpread})",
            target is null ? null : result.Difference <= MostImportTime,
            $"{PairedMeasurement.Number(result.MedianOfFirst)} ms against {PairedMeasurement.Number(result.MedianOfSecond)} ms"
            + $" (least {PairedMeasurement.Number(result.LeastOfFirst)} and {PairedMeasurement.Number(result.LeastOfSecond)})");
    }

    private sealed record Goal(string Command, string Against, string Over, string Target, Func<double, bool> IsMet);
}
