#!/usr/bin/env bash
# Runs build.ps1 on a machine that may have nothing but the .NET 10 SDK:
#   ./build.sh [Build|Bench|Demo|Pack|Help|Clean]
#   ./build.sh Test [-Long] [-Seed <n>]
#   ./build.sh Conform [-Long] [-Seed <n>] [-Measure] [-Keep <folder>] [-Kernel <image> [-Modules <folder>] [-Driver <rules>]]
# PowerShell 7.4 or later is taken from PATH, else restored from NuGet as the .NET tool that .config/dotnet-tools.json pins.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en

fail() {
    printf 'build.sh: %s\n' "$@" >&2
    exit 1
}

sdk='Install the .NET SDK 10 or later: https://dotnet.microsoft.com/download'
command -v dotnet >/dev/null || fail "There is no 'dotnet' on PATH." "$sdk"
dotnet --version >/dev/null 2>&1 || fail "'dotnet' has no SDK that can build this. It has: $(dotnet --list-sdks 2>/dev/null | cut -d' ' -f1 | tr '\n' ' ')" "$sdk"

supported='if ($PSVersionTable.PSVersion -ge "7.4") { "yes" }'
if command -v pwsh >/dev/null && [[ "$(pwsh -NoProfile -NonInteractive -Command "$supported" 2>/dev/null)" == yes ]]; then
    exec pwsh -NoProfile -NonInteractive -File build.ps1 "$@"
fi

if ! log=$(dotnet tool restore 2>&1); then
    fail "PowerShell 7.4 or later is not on PATH and could not be restored from NuGet as a .NET tool:" "$log" \
        "Connect to NuGet once (a proxy: HTTPS_PROXY; a mirror: nuget.config), or put pwsh on PATH."
fi
exec dotnet tool run pwsh -- -NoProfile -NonInteractive -File build.ps1 "$@"
