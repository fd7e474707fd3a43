using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using HandlePool.Benchmarks;
using HandlePool.Benchmarks.Comparisons;

// Numbers look the same everywhere.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

switch (args)
{
    case ["table"]:
        LatencyTables.Print(Console.Out);
        break;
    case ["compare"]:
        new ComparisonRun(Console.Out).Run();
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args,
            DefaultConfig.Instance.WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(40)));
        break;
}
