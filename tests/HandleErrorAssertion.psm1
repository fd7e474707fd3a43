# Adds `Should -WriteHandleError Id`: one place for what every error of the module must look like.

$CategoryOf = @{
    HandleNotFound       = 'ObjectNotFound'
    NodeNotFound         = 'ObjectNotFound'
    ProcessNotFound      = 'ObjectNotFound'
    SessionNotFound      = 'ObjectNotFound'
    ManagerMissing       = 'ObjectNotFound'
    NotificationNotFound = 'ObjectNotFound'
    FaultNotFound        = 'ObjectNotFound'
    NotificationExists   = 'ResourceExists'
    CookieInUse          = 'InvalidArgument'
    ProcessExists        = 'ResourceExists'
    SessionExists        = 'ResourceExists'
    SessionAmbiguous     = 'InvalidArgument'
    ManagerExists        = 'ResourceBusy'
    ProcessBusy          = 'ResourceBusy'
    ManagerUidMismatch   = 'PermissionDenied'
    HandleZeroTaken      = 'ResourceExists'
    ShrinkNotPossible    = 'ResourceBusy'
    ProcessAmbiguous     = 'InvalidArgument'
    NodeAmbiguous        = 'InvalidArgument'
    PoolExhausted        = 'LimitsExceeded'
    CountOverflow        = 'LimitsExceeded'
    AllocationFailed     = 'ResourceUnavailable'
    PoolCorrupted        = 'InvalidData'
    ProcessDead          = 'InvalidOperation'
    ManagerSelfReference = 'InvalidOperation'
    WeakReferenceOnly    = 'InvalidOperation'
    CountUnderflow       = 'InvalidOperation'
    ResizerCompleted     = 'InvalidOperation'
    DumpFormat           = 'InvalidData'
    SessionFormat        = 'InvalidData'
    OperationFormat      = 'InvalidData'
    AdbNotFound          = 'ObjectNotFound'
    DeviceNotFound       = 'ObjectNotFound'
    DeviceAmbiguous      = 'InvalidArgument'
    DeviceUnavailable    = 'ConnectionError'
    DeviceRefused        = 'PermissionDenied'
    PolicyFormat         = 'InvalidData'
    PolicyCode           = 'InvalidData'
    PolicyConflict       = 'InvalidData'
    SampleOrder          = 'InvalidData'
}

function Test-HandleError {
    <#
    .SYNOPSIS
    Asserts that a script block writes exactly so many errors with this id, each with category, target and a useful message.
    .PARAMETER Naming
    Texts that the message of each error must contain, mostly what was asked for.
    .PARAMETER NamingEach
    Texts of which each is in the message of an error of its own, in this order; so many errors are expected.
    .PARAMETER Terminating
    The error must stop the script block, as with -ErrorAction Stop.
    #>
    param([scriptblock] $ActualValue, [string] $Id, [string[]] $Naming, [string[]] $NamingEach, [int] $Times = $NamingEach ? $NamingEach.Count : 1, [switch] $Terminating, [switch] $Negate)

    if ($Negate) {
        throw [System.NotSupportedException]::new('Should -Not -WriteHandleError says too little; assert on the errors that are written.')
    }

    $thrown = $null
    $records = @(
        try {
            & $ActualValue 2>&1 | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] }
        } catch {
            $thrown = $_
        }
    )

    $faults = @(
        if ($Terminating) {
            if (-not $thrown) { "nothing was thrown, $($records.Count) errors were written" }
            $records = @($thrown)
        } else {
            if ($thrown) { "'$($thrown.FullyQualifiedErrorId)' was thrown: $thrown" }
            if ($records.Count -ne $Times) { "$($records.Count) errors were written: $($records.FullyQualifiedErrorId -join ' ')" }
        }

        foreach ($record in $records.Where({ $_ })) {
            if ($record.FullyQualifiedErrorId -cnotlike "$Id,*") { "the id is '$($record.FullyQualifiedErrorId)': $record" }
            if ($record.CategoryInfo.Category -ne $CategoryOf[$Id]) { "the category is $($record.CategoryInfo.Category)" }
            if ($null -eq $record.TargetObject) { 'the target object is null' }
            if ($record.Exception.ErrorId -cne $Id) {
                "the exception is a $($record.Exception.GetType()) with ErrorId '$($record.Exception.ErrorId)'"
            }
            foreach ($text in $Naming) {
                if (-not "$record".Contains($text)) { "the message does not name '$text': $record" }
            }
        }

        for ($at = 0; $at -lt [Math]::Min($NamingEach.Count, $records.Count); $at++) {
            if (-not "$($records[$at])".Contains($NamingEach[$at])) { "the message does not name '$($NamingEach[$at])': $($records[$at])" }
        }
    )

    [pscustomobject]@{
        Succeeded      = $faults.Count -eq 0
        FailureMessage = "Expected $Times '$Id' ($($CategoryOf[$Id])), but $($faults -join '; ')."
    }
}

if ('WriteHandleError' -notin (Get-ShouldOperator).Name) {
    Add-ShouldOperator -Name WriteHandleError -InternalName Test-HandleError -Test ${function:Test-HandleError}
}
