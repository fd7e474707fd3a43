# Devices that tests/adb-stand-in/adb plays, for tests of cmdlets that use adb.

function New-StandInDevice {
    <#
    .SYNOPSIS
    Creates a device from a state and statistics, and returns its folder.
    .PARAMETER Folder
    The folder of all devices, which $env:HANDLEPOOL_DEVICES must be.
    .PARAMETER Root
    The folder in which the driver's files are on the device.
    #>
    param(
        [Parameter(Mandatory)] [string] $Folder,
        [string] $Serial = 'emulator-5554',
        [string[]] $State = @('binder state:', 'proc 5', 'context binder', '  ref 9: desc 3 node 7 s 1 w 1 d 0', 'proc 6', 'context binder',
            '  node 7: u0 c0 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 5'),
        [string[]] $Statistics = @('binder stats:', 'proc 5', 'context binder', '  nodes: 0', '  refs: 1 s 1 w 1', 'proc 6', 'context binder', '  nodes: 1', '  refs: 0 s 0 w 0'),
        [string] $Root = '/dev/binderfs/binder_logs'
    )

    $device = (New-Item "$Folder/$Serial" -ItemType Directory -Force).FullName
    $logs = (New-Item "$device/root$Root" -ItemType Directory -Force).FullName
    $boot = (New-Item "$device/root/proc/sys/kernel/random" -ItemType Directory -Force).FullName
    Set-Content "$boot/boot_id" '11111111-2222-3333-4444-555555555555'
    Set-Content "$device/root/proc/uptime" '100.50 99.00'
    Set-Content "$device/root/proc/version" 'Linux version 6.1'
    Set-Content "$logs/state" $State
    Set-Content "$logs/stats" $Statistics
    Set-Content "$logs/transactions" 'binder transactions:'
    Set-Content "$logs/transaction_log" '409: call  from 5:5 to 6:6 context binder node 7 handle 3 size 64:0 ret 0/0 l=0'
    $null = New-Item "$logs/failed_transaction_log" -ItemType File -Force
    $bin = (New-Item "$device/bin" -ItemType Directory -Force).FullName
    $programs = @{
        getprop = 'case $1 in ro.product.model) echo Pixel;; ro.build.fingerprint) echo google/husky/husky:14/AP1A/1:userdebug/test-keys;;',
        'ro.build.type) echo userdebug;; ro.build.version.sdk) echo 34;; esac'
        id      = 'echo "uid=2000(shell) gid=2000(shell)"'
        ps      = "printf 'USER           UID   PID NAME\nsystem        1000     5 system_server\nu0_a87       10087     6 com.example.mail\n'"
        service = "printf 'Found 1 services:\n0\tactivity: [android.app.IActivityManager]\n'"
        logcat  = "echo '01-02 09:00:00.100  1754  1822 E BpBinder: Too many binder proxy objects sent to uid 1000 from uid 10087 (6000 proxies held)'"
        dumpsys = "touch '$device/disturbed'", "echo 'ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)'",
        "echo '    UID 10087, binder count = 2, package(s)= com.example.mail; '"
    }
    $programs.GetEnumerator() | ForEach-Object { Set-Content "$bin/$($_.Key)" (@('#!/bin/sh') + $_.Value) }
    chmod +x $programs.Keys.ForEach({ "$bin/$_" })
    $device
}

function Add-StandInProgram {
    <#
    .SYNOPSIS
    Gives a device a program.
    .PARAMETER Lines
    The lines of its script.
    #>
    param([string] $Device, [string] $Name, [string[]] $Lines)

    Set-Content "$Device/bin/$Name" (@('#!/bin/sh') + $Lines)
    chmod +x "$Device/bin/$Name"
}

Export-ModuleMember -Function New-StandInDevice, Add-StandInProgram
