using System.Management.Automation;
using HandlePool.Gates;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet that converts the results of Test-HandleGrowth to one text.</summary>
public abstract class GrowthConversionCommand : PSCmdlet
{
    private readonly List<HandleGrowthResult> _results = [];

    /// <summary>The results of Test-HandleGrowth.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [GrowthResult]
    [ArgumentCompleter(typeof(NoCompleter))]
    public HandleGrowthResult[] InputObject { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => _results.AddRange(InputObject);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_results.Count > 0)
            WriteObject(Convert(_results));
    }

    /// <summary>Returns the text of results, one or more.</summary>
    private protected abstract string Convert(IReadOnlyList<HandleGrowthResult> results);
}
