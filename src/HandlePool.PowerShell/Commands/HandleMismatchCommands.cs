using System.Management.Automation;

namespace HandlePool.PowerShell;

/// <summary>Finds the places where pools, summaries, tables and nodes contradict each other.</summary>
[Cmdlet(VerbsCommon.Find, "HandleMismatch")]
[OutputType(typeof(HandleMismatch))]
public sealed class FindHandleMismatchCommand : IntegrityCommand
{
    /// <inheritdoc/>
    protected override void EndProcessing() => WriteObject(FindMismatches(out _), enumerateCollection: true);
}
