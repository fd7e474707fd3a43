using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using HandlePool.Benchmarks;
using HandlePool.Benchmarks.Analysis;
using HandlePool.Benchmarks.Comparisons;
using HandlePool.Benchmarks.Court;
using HandlePool.Benchmarks.Inputs;
using HandlePool.Benchmarks.Leaks;
using HandlePool.Benchmarks.Maps;
using HandlePool.Benchmarks.Reports;
using HandlePool.Benchmarks.Traces;

// Numbers look the same everywhere.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

switch (args)
{
    case ["table"]:
        LatencyTables.Print(Console.Out);
        break;
    case ["leaks"]:
        LeakTable.Print(Console.Out, firstSeed: 1001, seeds: 10, LeakTable.Sizes);
        break;
    case ["leaks", string first, string count]:
        LeakTable.Print(Console.Out, int.Parse(first, CultureInfo.InvariantCulture), int.Parse(count, CultureInfo.InvariantCulture), LeakTable.Sizes);
        break;
    case ["leaks", string first, string count, .. string[] sizes]:
        LeakTable.Print(Console.Out, int.Parse(first, CultureInfo.InvariantCulture), int.Parse(count, CultureInfo.InvariantCulture),
            Array.ConvertAll(sizes, size => int.Parse(size, CultureInfo.InvariantCulture)));
        break;
    case ["analysis"]:
        AnalysisTable.Print(Console.Out, references: 1_500_000);
        break;
    case ["analysis", string references]:
        AnalysisTable.Print(Console.Out, int.Parse(references, CultureInfo.InvariantCulture));
        break;
    case ["inputs"]:
        InputTable.Print(Console.Out, size: 10_000_000);
        break;
    case ["maps"]:
        MapTable.Print(Console.Out, MapTable.Sizes);
        break;
    case ["maps", .. string[] sizes]:
        MapTable.Print(Console.Out, Array.ConvertAll(sizes, size => int.Parse(size, CultureInfo.InvariantCulture)));
        break;
    case ["report"]:
        ReportImport.Print(Console.Out, size: 200_000_000);
        break;
    case ["report", string megabytes]:
        ReportImport.Print(Console.Out, 1_000_000 * long.Parse(megabytes, CultureInfo.InvariantCulture));
        break;
    case ["side", string name]:
        IdSourceSide.Serve(name, Console.In, Console.Out);
        break;
    case ["court"]:
        new CourtRun(Console.Out).Run();
        break;
    case ["court", .. string[] dumps]:
        new CourtRun(Console.Out).RunDumps(dumps);
        break;
    case ["trace"]:
        TraceTable.Print(Console.Out, references: 1_000_000, seed: 1, Path.GetTempFileName());
        break;
    case ["trace-sample", string folder]:
        TraceTable.WriteSample(folder);
        break;
    case ["trace", string references, string seed, string path]:
        TraceTable.Print(Console.Out, int.Parse(references, CultureInfo.InvariantCulture), int.Parse(seed, CultureInfo.InvariantCulture), path);
        break;
    case ["compare"]:
        new ComparisonRun(Console.Out).Run();
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args,
            DefaultConfig.Instance.WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(40)));
        break;
}
