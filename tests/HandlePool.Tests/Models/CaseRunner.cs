using FsCheck;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace HandlePool.Tests.Models;

/// <summary>
/// Reports a property that does not hold: the seed, the options, the smallest failing case line by line, and the difference.
/// </summary>
internal sealed class CaseRunner(long seed, Action<ModelCase> property) : IRunner
{
    public void OnStartFixture(Type type)
    {
    }

    public void OnArguments(int test, FSharpList<object> arguments, FSharpFunc<int, FSharpFunc<FSharpList<object>, string>> every)
    {
    }

    public void OnShrink(FSharpList<object> arguments, FSharpFunc<FSharpList<object>, string> everyShrink)
    {
    }

    public void OnFinished(string name, FsCheck.TestResult result)
    {
        if (result is FsCheck.TestResult.Failed failed)
        {
            ModelCase original = (ModelCase)failed.Item2.Head, smallest = (ModelCase)failed.Item3.Head;
            Assert.Fail($"""
                seed {seed}, case {failed.Item1.NumberOfTests}, shrunk {failed.Item1.NumberOfShrinks} times from {original.Operations.Length} operations
                again: {ModelSettings.SeedVariable}={seed} {ModelSettings.OperationsVariable}=1
                {smallest.Options}
                {string.Join(Environment.NewLine, Lines(smallest))}
                first difference: {Record.Exception(() => property(smallest))?.Message ?? "none when it was done again"}
                """);
        }

        Assert.True(result.IsPassed, $"{result}");
    }

    /// <summary>Returns a line for each operation with its result.</summary>
    private static List<string> Lines(ModelCase each)
    {
        List<string> lines = [];
        Record.Exception(() => new ModelRun(each.Options).Do(each.Operations, lines));
        return lines;
    }
}
