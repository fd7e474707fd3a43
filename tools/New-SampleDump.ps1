#Requires -Version 7.4

<#
.SYNOPSIS
    Writes a dump such as binder_logs/state, of any size, from a seed.

.DESCRIPTION
    Makes up processes, nodes and references, plays their lives (references are taken at the lowest unused handle and dropped again,
    processes exit and leave dead nodes), and writes what the driver would print. The same parameters give the same bytes.

    -Leak hides a leak in it: references that one process takes in the first context and never drops, spread among those that come
    and go. What is written tells who leaks whose nodes. -Series goes on to live between one dump and the next, so that the leak can
    be seen growing. -BugReport, -ProcFolder and -Compress wrap the dump as it comes from devices.

    In a dump of this script every reference has its node, every living node its owner, the proc lists and counts of the nodes fit the
    references, and no handle is there twice: a reader has nothing to complain about, however large the dump is.

.PARAMETER Path
    The file to write. One that is there is replaced. With -Series the folder for the dumps; with -ProcFolder the folder for the
    files of the processes, which must be new or empty.

.PARAMETER Processes
    How many processes there are in each context, the manager included. The second context has the same pids, but for its
    manager's.

.PARAMETER References
    About how many references there are in all.

.PARAMETER Seed
    The beginning of the random numbers.

.PARAMETER Form
    The driver whose form is written: C or Rust.

.PARAMETER OldKernel
    Writes as kernels before 4.14 did: no context lines, so that all is in one context; no pri and tr; short thread lines. C only.

.PARAMETER RustRunOn
    Writes as those builds of the Rust driver did that forgot the line feed behind a reference. Rust only.

.PARAMETER Contexts
    1 for binder, 2 for binder and hwbinder, which have their own managers.

.PARAMETER DeadNodes
    How many processes have exited and left nodes that others still hold.

.PARAMETER VendorNames
    Writes the processes' names behind their pids, as some vendors' kernels do.

.PARAMETER Crlf
    Ends lines as Windows does.

.PARAMETER Bom
    Begins the file with the byte order mark of UTF-8.

.PARAMETER Leak
    How many references are leaked: in the last dump of a series, or in the only one. They come on top of -References.

.PARAMETER LeakKind
    Growth: strong references to nodes of a living process. Weak: references to such nodes that have only a weak count. Dead:
    references to dead nodes, of an app that exits again and again (in a series between all dumps).

.PARAMETER LeakHolder
    The name of the process that leaks. If none has this name (they are called servicemanager, system_server, and com.example.camera10
    and the like), an app gets it. By default an app chosen by the seed; with -LeakKind Dead, system_server.

.PARAMETER LeakOwner
    The name of the process whose nodes are leaked; an app gets it, if none has it. By default system_server; with -LeakKind Dead, an
    app chosen by the seed, and always an app.

.PARAMETER Series
    Writes so many dumps of the same device into the folder -Path. What stays keeps its debug id and its handle. From dump to dump a
    twelfth of the references is replaced, around a number for each pair of processes that stays within a sixteenth (or one) of
    what it was at first, and now and then an app exits and starts again under another pid; system_server stays, and so do the two of
    the leak. The leak grows by about the same from dump to dump.

    The files are named by their times: state-20261101-080000.txt, or bugreport- with -BugReport, or a folder proc- with -ProcFolder.

.PARAMETER Start
    The time of the first dump: in the names of a series, and in bug reports.

.PARAMETER Interval
    The time between the dumps of a series, at least a second.

.PARAMETER BugReport
    Writes a text bug report that has the state as one of its sections. Its lists of processes have the names.

.PARAMETER ProcFolder
    Writes a file for each process, named by its pid, as the driver's folder proc has them.

.PARAMETER Compress
    Gzip: writes the file through gzip. Zip: writes an archive as devices make it of a bug report: the text, which is named bugreport-
    and the time if it is one and else after the file, beside version.txt, main_entry.txt and a binary file. In a series .gz is
    put behind the names, or .zip in the place of .txt.

.EXAMPLE
    ./tools/New-SampleDump.ps1 -Path state.txt -Processes 200 -References 20000 -Seed 1 -Contexts 2 -DeadNodes 3

    A busy phone's state.

.EXAMPLE
    ./tools/New-SampleDump.ps1 -Path large.txt -Processes 300 -References 300000 -Form Rust -RustRunOn

    A large state of a Rust driver whose references run on.

.EXAMPLE
    $dump = ./tools/New-SampleDump.ps1 -Path state.txt -VendorNames -Leak 500
    $dump | Format-List Name, Leak, LeakHolder, LeakOwner

    A state in which an app holds 500 nodes of system_server too many, and which app that is.

.EXAMPLE
    ./tools/New-SampleDump.ps1 -Path soak -Series 24 -Leak 6000 -LeakHolder com.example.leaky -BugReport -Compress Zip

    The bug reports of a day, one an hour, with a leak of 250 references an hour.

.EXAMPLE
    ./tools/New-SampleDump.ps1 -Path healthy -Series 10 -Interval 00:10:00

    Ten dumps of a device that leaks nothing: what a search for leaks must find nothing in.

.OUTPUTS
    System.IO.FileInfo: each file; with -ProcFolder System.IO.DirectoryInfo, the folder. It has these properties added:

    Time                       the time of the dump
    Leak                       how many references are leaked in this dump, 0 if none are
    LeakHeld                   how many references of that kind the holder has in all: to the owner's nodes, the weak ones of them
                               with -LeakKind Weak, or to dead nodes with -LeakKind Dead
    LeakHolder, LeakHolderId   name and pid of the process that leaks; empty without -Leak
    LeakOwner, LeakOwnerId     name and pid of the process whose nodes are leaked, with -LeakKind Dead the pid that exited last
#>
[CmdletBinding()]
[OutputType([System.IO.FileInfo], [System.IO.DirectoryInfo])]
param(
    [Parameter(Mandatory, Position = 0)]
    [ValidateNotNullOrEmpty()]
    [string] $Path,

    [ValidateRange(2, 30000)]
    [int] $Processes = 100,

    [ValidateRange(0, 20000000)]
    [int] $References = 10000,

    [int] $Seed = 1,

    [ValidateSet('C', 'Rust')]
    [string] $Form = 'C',

    [switch] $OldKernel,

    [switch] $RustRunOn,

    [ValidateSet(1, 2)]
    [int] $Contexts = 1,

    [ValidateRange(0, 1000)]
    [int] $DeadNodes = 0,

    [switch] $VendorNames,

    [switch] $Crlf,

    [switch] $Bom,

    [ValidateRange(0, 20000000)]
    [int] $Leak = 0,

    [ValidateSet('Growth', 'Dead', 'Weak')]
    [string] $LeakKind = 'Growth',

    [ValidateNotNullOrEmpty()]
    [string] $LeakHolder,

    [ValidateNotNullOrEmpty()]
    [string] $LeakOwner,

    [ValidateRange(1, 10000)]
    [int] $Series,

    [datetime] $Start = '2026-11-01 08:00:00',

    [ValidateScript({ $_ -ge [timespan]::FromSeconds(1) }, ErrorMessage = 'An interval of less than a second gives two dumps one name.')]
    [timespan] $Interval = '01:00:00',

    [switch] $BugReport,

    [switch] $ProcFolder,

    [ValidateSet('Gzip', 'Zip')]
    [string] $Compress
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

if ($RustRunOn -and $Form -ne 'Rust') {
    throw '-RustRunOn is a form of the Rust driver: add -Form Rust.'
}

if ($OldKernel -and ($Form -eq 'Rust' -or $Contexts -ne 1)) {
    throw '-OldKernel is a form of the C driver and has one context: leave -Form and -Contexts out.'
}

if (-not $Leak -and ($LeakHolder -or $LeakOwner -or $PSBoundParameters.ContainsKey('LeakKind'))) {
    throw '-LeakKind, -LeakHolder and -LeakOwner say what leaks: add -Leak with how much of it.'
}

if ($ProcFolder -and ($BugReport -or $Compress)) {
    throw '-ProcFolder writes many files: leave -BugReport and -Compress out.'
}

# A million references are too many for PowerShell's own loops, so the work is done in C#. The numbers come from a generator of its
# own, as that of System.Random may change with the runtime.
if (-not ('HandlePoolTools.DumpGenerator' -as [type])) {
    Add-Type -Path "$PSScriptRoot/DumpGenerator/DumpGenerator.cs", "$PSScriptRoot/DumpGenerator/DumpText.cs", "$PSScriptRoot/DumpGenerator/DumpBugReport.cs"
}

function Open-Text([System.IO.Stream] $Stream) {
    [HandlePoolTools.DumpText]::new($Stream, $Crlf, $Bom)
}

function Write-ProcFolder([string] $Folder) {
    $null = [System.IO.Directory]::CreateDirectory($Folder)
    if ([System.Linq.Enumerable]::Any([System.IO.Directory]::EnumerateFileSystemEntries($Folder))) {
        throw "'$Folder' is not empty: the processes of another dump may be in it."
    }

    foreach ($process in $generator.LivingProcesses) {
        $text = Open-Text ([System.IO.File]::Create((Join-Path $Folder $process.Item1)))
        try { $generator.WriteProcess($text, $process.Item1) } finally { $text.Dispose() }
    }
}

function Open-Entry([System.IO.Compression.ZipArchive] $Archive, [string] $Name, [datetime] $Time) {
    $entry = $Archive.CreateEntry($Name, [System.IO.Compression.CompressionLevel]::Fastest)
    $entry.LastWriteTime = [System.DateTimeOffset]::new([datetime]::SpecifyKind($Time, 'Unspecified'), [timespan]::Zero)
    $entry.Open()
}

function Write-Entry([System.IO.Compression.ZipArchive] $Archive, [string] $Name, [datetime] $Time, [byte[]] $Content) {
    $stream = Open-Entry $Archive $Name $Time
    try { $stream.Write($Content, 0, $Content.Length) } finally { $stream.Dispose() }
}

function Write-Text([System.IO.Stream] $Stream, [datetime] $Time) {
    $text = Open-Text $Stream
    try {
        if ($BugReport) {
            [HandlePoolTools.DumpBugReport]::Write($text, $generator, $Time)
        }
        else {
            $generator.WriteState($text)
        }
    }
    finally {
        $text.Dispose()
    }
}

function Write-File([string] $File, [datetime] $Time) {
    $stream = [System.IO.File]::Create($File)
    if ($Compress -ne 'Zip') {
        if ($Compress) { $stream = [System.IO.Compression.GZipStream]::new($stream, [System.IO.Compression.CompressionLevel]::Fastest) }
        Write-Text $stream $Time
        return
    }

    $name = $BugReport ? "bugreport-phone-BP1A.250305.019-$($Time.ToString('yyyy-MM-dd-HH-mm-ss', $invariant)).txt" :
        [System.IO.Path]::GetFileNameWithoutExtension($File) + '.txt'
    $archive = [System.IO.Compression.ZipArchive]::new($stream, [System.IO.Compression.ZipArchiveMode]::Create)
    try {
        Write-Entry $archive 'version.txt' $Time ([System.Text.Encoding]::ASCII.GetBytes('2.0'))
        Write-Text (Open-Entry $archive $name $Time) $Time
        Write-Entry $archive 'main_entry.txt' $Time ([System.Text.Encoding]::UTF8.GetBytes($name))
        Write-Entry $archive 'dumpstate_board.bin' $Time ([byte[]] (0..255) * 4)
    }
    finally {
        $archive.Dispose()
    }
}

$invariant = [cultureinfo]::InvariantCulture
$generator = [HandlePoolTools.DumpGenerator]::new()
$generator.Processes = $Processes
$generator.References = $References
$generator.Seed = $Seed
$generator.Contexts = $Contexts
$generator.Exits = $DeadNodes
$generator.IsRust = $Form -eq 'Rust'
$generator.IsOld = $OldKernel
$generator.RunsOn = $RustRunOn
$generator.HasNames = $VendorNames
$generator.Series = [Math]::Max(1, $Series)
$generator.Leak = $Leak
$generator.LeakKind = $LeakKind
$generator.LeakHolder = $LeakHolder
$generator.LeakOwner = $LeakOwner

$target = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
if ($Series) { $null = [System.IO.Directory]::CreateDirectory($target) }
$kind = $ProcFolder ? 'proc' : $BugReport ? 'bugreport' : 'state'
$extension = $ProcFolder ? '' : $Compress -eq 'Zip' ? '.zip' : $Compress ? '.txt.gz' : '.txt'

for ($i = 0; $i -lt $generator.Series; $i++) {
    $time = $Start + ($Interval * $i)
    $file = $Series ? (Join-Path $target "$kind-$($time.ToString('yyyyMMdd-HHmmss', $invariant))$extension") : $target
    $generator.Advance()
    if ($ProcFolder) { Write-ProcFolder $file } else { Write-File $file $time }

    Get-Item -LiteralPath $file | Add-Member -PassThru -NotePropertyMembers ([ordered]@{
            Time = $time
            Leak = $generator.Leaked
            LeakHeld = $generator.LeakHeld
            LeakHolder = $Leak ? $generator.LeakHolder : $null
            LeakHolderId = $Leak ? $generator.LeakHolderId : $null
            LeakOwner = $Leak ? $generator.LeakOwner : $null
            LeakOwnerId = $Leak ? $generator.LeakOwnerId : $null
        })
}
