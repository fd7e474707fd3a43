#!/usr/bin/env bash
# Runs build.ps1 on a machine that may have nothing but the .NET 10 SDK:
#   ./build.sh [Build|Test|Bench|Demo|Pack|Clean]
#   ./build.sh Test [-Long] [-Seed <n>]
# PowerShell is taken from PATH, else restored as the .NET tool that .config/dotnet-tools.json pins. Where neither can
# be had, what needs no PowerShell runs, and the rest is counted as skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
task=${1:-Build}
[[ $# -gt 0 ]] && shift

if ! command -v dotnet >/dev/null; then
    echo "build.sh: the .NET SDK 10 is needed, and there is no 'dotnet' on PATH: https://dotnet.microsoft.com/download" >&2
    exit 1
fi

supported='if ($PSVersionTable.PSVersion -ge "7.4") { "yes" }'
if command -v pwsh >/dev/null && [[ "$(pwsh -NoProfile -NonInteractive -Command "$supported" 2>/dev/null)" == yes ]]; then
    exec pwsh -NoProfile -NonInteractive -File build.ps1 "$task" "$@"
fi

echo "build.sh: no PowerShell 7.4 or later on PATH; restoring it as a .NET tool."
if dotnet tool restore >/dev/null 2>&1; then
    exec dotnet tool run pwsh -- -NoProfile -NonInteractive -File build.ps1 "$task" "$@"
fi

echo "build.sh: PowerShell could not be restored either. Doing what needs none."
while [[ $# -gt 0 ]]; do
    case $task:$1 in
        Test:-Long) export HANDLEPOOL_TEST_OPERATIONS=100000000 ;;
        Test:-Seed) export HANDLEPOOL_TEST_SEED=${2:?build.sh: -Seed needs a number.} && shift ;;
        *) echo "build.sh: $task takes no '$1'." >&2; exit 1 ;;
    esac
    shift
done
case $task in
    Build)
        dotnet publish src/HandlePool.PowerShell/HandlePool.PowerShell.csproj --configuration Release --output bin --verbosity quiet
        ;;
    Test)
        echo "Against the model: ${HANDLEPOOL_TEST_OPERATIONS:-1000000} operations, seed ${HANDLEPOOL_TEST_SEED:-1}."
        suites=$(find tests docs/examples -maxdepth 1 -name '*.Tests.ps1' | wc -l | tr -d ' ')
        log=$(mktemp)
        trap 'rm -f "$log"' EXIT
        status=0
        dotnet test HandlePool.slnx --configuration Release 2>&1 | tee "$log" || status=$?
        counts=$(grep -E 'Failed: +[0-9]+, Passed: +[0-9]+' "$log" | tail -n 1)
        passed=$(sed -E 's/.*Passed: +([0-9]+).*/\1/' <<<"$counts")
        failed=$(sed -E 's/.*Failed: +([0-9]+).*/\1/' <<<"$counts")
        skipped=$(sed -E 's/.*Skipped: +([0-9]+).*/\1/' <<<"$counts")
        echo "The cmdlet suites (${suites} files in tests/ and docs/examples/) did not run, for want of PowerShell; each counts as one skipped."
        echo "${passed:-0} passed, ${failed:-0} failed, $((${skipped:-0} + suites)) skipped"
        [[ -n $counts ]] || { echo "build.sh: dotnet test ran no test." >&2; exit 1; }
        exit "$status"
        ;;
    Bench)
        dotnet build tests/HandlePool.Benchmarks --configuration Release --verbosity quiet
        for mode in table compare; do
            dotnet run --project tests/HandlePool.Benchmarks --configuration Release --no-build -- "$mode"
        done
        ;;
    Demo)
        dotnet run docs/examples/tour.cs
        ;;
    Pack)
        echo "build.sh: Pack needs PowerShell." >&2
        exit 1
        ;;
    Clean)
        rm -rf out en-US bin src/*/bin src/*/obj tests/*/bin tests/*/obj
        ;;
    *)
        echo "build.sh: '$task' is none of Build, Test, Bench, Demo, Pack, Clean." >&2
        exit 1
        ;;
esac
