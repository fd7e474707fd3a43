# Calls of any cmdlet for tests that go over all of them.

$samples = @{
    Name = 'name'; Path = 'TestDrive:/file'; LiteralPath = 'TestDrive:/file'; Handle = 1; Cookie = 1; Id = 1; Kind = 'Death'; Range = 1
    Count = 1; Live = 64; InputObject = 'text'; Delay = [timespan]::FromSeconds(1); ScriptBlock = {}
    Policy = @{ Rules = @{ Name = 'all'; Holder = '*'; Limit = 1 } }
}

# Read once, as most calls take any trace.
$trace = $null

function Get-MandatoryArgument {
    <#
    .SYNOPSIS
    Gets values for the mandatory parameters of a set.
    .PARAMETER Piped
    Leaves out those that the pipeline can fill.
    #>
    param(
        [Management.Automation.CommandInfo] $Command,
        [Management.Automation.CommandParameterSetInfo] $Set,
        [hashtable] $Values = @{},
        [switch] $Piped
    )

    $arguments = @{}
    foreach ($parameter in $Set.Parameters.Where({ $_.IsMandatory })) {
        if ($Piped -and ($parameter.ValueFromPipeline -or $parameter.ValueFromPipelineByPropertyName)) { continue }
        $type = $parameter.ParameterType
        $arguments[$parameter.Name] = if ($Values.ContainsKey($parameter.Name)) { $Values[$parameter.Name] }
        elseif ($type -eq [switch]) { $true }
        elseif (($type.GetElementType() ?? $type).IsEnum) { [Enum]::GetNames($type.GetElementType() ?? $type)[0] }
        elseif ($parameter.Name -eq 'Trace') { $script:trace ??= Import-HandleTrace "$PSScriptRoot/data/real/small/trace.txt"; $script:trace }
        elseif ($samples.ContainsKey($parameter.Name)) { $samples[$parameter.Name] }
        else { 'name' }
    }

    # Not mandatory for the binder, but for the cmdlet.
    if ($Set.Name -eq 'Handle' -and -not $arguments.ContainsKey('Handle')) { $arguments.Handle = 1 }
    $arguments
}

Export-ModuleMember -Function Get-MandatoryArgument
