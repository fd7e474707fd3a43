using System.Management.Automation;
using HandlePool.Gates;
using HandlePool.Reports;

namespace HandlePool.PowerShell;

/// <summary>Converts the results of Test-HandleGrowth to JUnit XML.</summary>
[Cmdlet(VerbsData.ConvertTo, "HandleJUnit")]
[OutputType(typeof(string))]
public sealed class ConvertToHandleJUnitCommand : GrowthConversionCommand
{
    /// <inheritdoc/>
    private protected override string Convert(IReadOnlyList<HandleGrowthResult> results) => GrowthReport.ToJUnit(results);
}

/// <summary>Converts the results of Test-HandleGrowth to Markdown for the summary of a job.</summary>
[Cmdlet(VerbsData.ConvertTo, "HandleMarkdown")]
[OutputType(typeof(string))]
public sealed class ConvertToHandleMarkdownCommand : GrowthConversionCommand
{
    /// <inheritdoc/>
    private protected override string Convert(IReadOnlyList<HandleGrowthResult> results) => GrowthReport.ToMarkdown(results);
}

/// <summary>Converts the results of Test-HandleGrowth to SARIF 2.1.0.</summary>
[Cmdlet(VerbsData.ConvertTo, "HandleSarif")]
[OutputType(typeof(string))]
public sealed class ConvertToHandleSarifCommand : GrowthConversionCommand
{
    /// <inheritdoc/>
    private protected override string Convert(IReadOnlyList<HandleGrowthResult> results) =>
        GrowthReport.ToSarif(results, SessionState.Path.CurrentFileSystemLocation.ProviderPath);
}
