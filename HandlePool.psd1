@{
    RootModule           = 'bin/HandlePool.PowerShell.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = 'b1d6d6a5-6d0e-4b57-9f0c-1f4f6b1e7a42'
    Author               = 'HandlePool contributors'
    CompanyName          = 'HandlePool contributors'
    Copyright            = '(c) HandlePool contributors. MIT License.'
    Description          = "A model of how Android's Binder driver hands out handles: create processes, nodes and references, watch pools grow and shrink, and read real binder dumps."
    PowerShellVersion    = '7.4'
    CompatiblePSEditions = @('Core')
    TypesToProcess       = @('Module/HandlePool.Types.ps1xml')
    FormatsToProcess     = @('Module/HandlePool.Format.ps1xml')
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    # With commas it is one value. Without, each line is a statement, which PowerShell compiles at each import.
    CmdletsToExport      = @(
        'Add-HandleFault',
        'Add-HandleReference',
        'Clear-HandleNotification',
        'Compare-HandleSession',
        'Complete-HandleNotification',
        'Complete-HandlePoolResize',
        'ConvertTo-HandleJUnit',
        'ConvertTo-HandleMarkdown',
        'ConvertTo-HandleRow',
        'ConvertTo-HandleSarif',
        'Copy-HandleSession',
        'Export-HandleDump',
        'Export-HandleReport',
        'Export-HandleSession',
        'Find-HandleLeak',
        'Find-HandleMismatch',
        'Find-HandleSource',
        'Get-HandleBitmap',
        'Get-HandleDump',
        'Get-HandleEvent',
        'Get-HandleEvidence',
        'Get-HandleFault',
        'Get-HandleIncident',
        'Get-HandleNode',
        'Get-HandleNotification',
        'Get-HandleOperation',
        'Get-HandlePool',
        'Get-HandleProcess',
        'Get-HandleReference',
        'Get-HandleSession',
        'Get-HandleStatistic',
        'Get-HandleTransaction',
        'Import-HandleAssertion',
        'Import-HandleDump',
        'Import-HandleSession',
        'Import-HandleTrace',
        'Invoke-HandleOperation',
        'Measure-HandleContention',
        'Measure-HandleForecast',
        'Measure-HandlePool',
        'Measure-HandleUsage',
        'New-HandleBaseline',
        'New-HandleNode',
        'New-HandleProcess',
        'New-HandleSession',
        'Optimize-HandlePool',
        'Receive-HandleNotification',
        'Remove-HandleFault',
        'Remove-HandleNode',
        'Remove-HandleProcess',
        'Remove-HandleReference',
        'Remove-HandleSession',
        'Repair-HandlePool',
        'Request-HandleNotification',
        'Request-HandlePoolResize',
        'Resize-HandlePool',
        'Resume-HandleProcess',
        'Set-HandleProcess',
        'Suspend-HandleProcess',
        'Switch-HandleSession',
        'Test-HandleGrowth',
        'Test-HandlePool',
        'Test-HandleTrace',
        'Use-HandleSession',
        'Watch-HandleDump'
    )
    PrivateData          = @{
        PSData = @{
            Tags         = @(
                'Android', 'AOSP', 'Binder', 'Kernel', 'Driver', 'Handle', 'HandleTable', 'IdPool', 'Bitmap', 'Leak', 'LeakDetection', 'BugReport',
                'Dump', 'Diagnostics', 'Debugging', 'Pester', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS'
            )
            # Until the first release; a release takes it away.
            Prerelease   = 'preview1'
            ReleaseNotes = 'The first release: the model, dumps in and out, leak hunting, reports, replay and faults. See CHANGELOG.md of the project.'
        }
    }
}
