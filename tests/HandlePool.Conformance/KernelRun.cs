using System.Globalization;

namespace HandlePool.Conformance;

/// <summary>Plays scenarios on one kernel.</summary>
/// <param name="kernel">The kernel.</param>
/// <param name="guest">The virtual machine.</param>
/// <param name="program">The program that drives binder.</param>
/// <param name="init">The script that the guest starts with.</param>
/// <param name="work">A folder of this run.</param>
internal sealed class KernelRun(KernelImage kernel, Guest guest, string program, string init, string work)
{
    private int _guests;

    internal KernelImage Kernel => kernel;

    internal HandleDriver Driver => kernel.Driver;

    /// <summary>Boots the kernel, and plays scenarios one after the other.</summary>
    /// <returns>The folder of the results.</returns>
    internal string Play(IReadOnlyList<Scenario> scenarios, CancellationToken cancellation)
    {
        string folder = Path.Combine(work, (++_guests).ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(folder);
        string disk = GuestImage.Pack(kernel, program, init, scenarios, folder, cancellation);
        string results = guest.Run(kernel.Image, disk, folder, cancellation);
        CheckRelease(kernel, results);
        return results;
    }

    /// <summary>Checks that the results are of the kernel.</summary>
    /// <exception cref="GuestException">They are of another release.</exception>
    internal static void CheckRelease(KernelImage kernel, string results)
    {
        string release = File.ReadAllText(Path.Combine(results, "release.txt")).Trim();
        if (release != kernel.Release)
            throw new GuestException($"The header of {kernel.Image} has the release '{kernel.Release}', and the kernel that ran says '{release}': its rules are not known.");
    }

    /// <summary>Compares what the guest did with the model.</summary>
    /// <returns>What came of the scenarios, in their order.</returns>
    internal IReadOnlyList<PlayedScenario> Compare(IReadOnlyList<Scenario> scenarios, string folder) =>
        [.. scenarios.Select(scenario => PlayedScenario.Read(scenario, Path.Combine(folder, scenario.Name), Driver))];

    /// <summary>Reads the round trips of a node over ranges of live nodes.</summary>
    /// <param name="scenario">The scenario, which measures.</param>
    /// <param name="folder">The folder of its results.</param>
    internal static IReadOnlyList<RoundTrip> ReadTimes(Scenario scenario, string folder)
    {
        if (ResultCheck.Find(scenario, folder, out _) is { } problem)
            throw new GuestException($"{scenario.Name}: {problem}");
        IReadOnlyList<RoundTrip> times = [.. File.ReadLines(Path.Combine(folder, "measure.tsv")).Select(RoundTrip.Parse)];
        return times.Count > 0 ? times : throw new InvalidDataException("measure.tsv is empty: the guest measured nothing.");
    }
}

/// <summary>Represents the times of a range of round trips, in nanoseconds. The least is what other work on the host disturbs least.</summary>
internal sealed record RoundTrip(int First, int Last, long Mean, long Least, long Median, long P90)
{
    /// <exception cref="InvalidDataException">The line is not one of times.</exception>
    internal static RoundTrip Parse(string line)
    {
        long[] columns = [.. line.Split('\t').Select(column => long.TryParse(column, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : -1)];
        if (columns.Length != 6 || columns.Contains(-1))
            throw new InvalidDataException($"measure.tsv has a line that is not whole: '{line}'");
        return new RoundTrip((int)columns[0], (int)columns[1], columns[2], columns[3], columns[4], columns[5]);
    }
}
