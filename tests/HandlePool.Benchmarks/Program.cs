using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using HandlePool.Benchmarks;
using HandlePool.Benchmarks.Comparisons;
using HandlePool.Benchmarks.Leaks;

// Numbers look the same everywhere.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

switch (args)
{
    case ["table"]:
        LatencyTables.Print(Console.Out);
        break;
    case ["leaks", .. string[] seeds]:
        LeakTable.Print(Console.Out, firstSeed: seeds.Length > 0 ? int.Parse(seeds[0]) : 1001, seeds: seeds.Length > 1 ? int.Parse(seeds[1]) : 20);
        break;
    case ["compare"]:
        new ComparisonRun(Console.Out).Run();
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args,
            DefaultConfig.Instance.WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(40)));
        break;
}
