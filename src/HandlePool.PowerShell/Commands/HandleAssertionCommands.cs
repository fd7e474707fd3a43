using System.Management.Automation;
using HandlePool.PowerShell.Assertions;
using HandlePool.PowerShell.Errors;

namespace HandlePool.PowerShell;

/// <summary>Makes the assertions about handles available to Pester.</summary>
[Cmdlet(VerbsData.Import, "HandleAssertion")]
[OutputType(typeof(void))]
public sealed class ImportHandleAssertionCommand : ModelCommand
{
    // It runs in the session state of the caller, so that the commands are where Import-Module would put them.
    private const string Script = """
        param($path, $pester)
        $module = Import-Module -Name $path -DisableNameChecking -PassThru -Verbose:$false -ErrorAction Stop
        & $module { Register-Operator @args } $pester
        """;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // This loads a Pester that is installed and not loaded yet.
        if (InvokeCommand.GetCommand("Add-ShouldOperator", CommandTypes.Function) is not { Module: { } pester })
        {
            WriteError(ErrorRecords.PesterMissing());
            return;
        }

        try
        {
            string bin = Path.GetDirectoryName(typeof(HandleAssertion).Assembly.Location)!;
            string module = Path.GetFullPath(Path.Combine(bin, "..", "Module", "HandlePool.Assertions.psm1"));
            string[] leftOut = [.. SessionState.InvokeCommand.InvokeScript(useLocalScope: true, InvokeCommand.NewScriptBlock(Script), null, module, pester)
                .Select(name => $"{name}")];
            if (leftOut.Length > 0)
                WriteError(ErrorRecords.AssertionLimit(leftOut));
        }
        catch (RuntimeException exception) when (exception is not PipelineStoppedException)
        {
            WriteError(new ErrorRecord(exception.ErrorRecord, exception));
        }
    }
}
