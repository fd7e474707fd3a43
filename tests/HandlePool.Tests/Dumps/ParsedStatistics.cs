using System.Text;
using HandlePool.Dumps;

namespace HandlePool.Tests.Dumps;

/// <summary>The statistics of a text as a session of their own, and the lines that were not read.</summary>
internal sealed class ParsedStatistics
{
    internal List<string> Faults { get; } = [];

    internal List<string> Unknown { get; } = [];

    /// <summary>The session, which has the statistics unless there were none.</summary>
    internal HandleSession Session { get; private set; } = null!;

    /// <summary>Reads a text that is nothing but statistics.</summary>
    internal static ParsedStatistics Read(string text)
    {
        ParsedStatistics parsed = new();
        HandleSessionBuilder builder = new();
        if (parsed.Parse(text) is { } record)
            StatisticsCheck.SetStatistics(builder, record, "stats.txt", isComplete: false);
        parsed.Session = builder.Build("stats");
        return parsed;
    }

    /// <summary>Parses a text, and keeps the lines that were not read.</summary>
    internal StatisticsRecord? Parse(string text)
    {
        StatisticsParser parser = new((line, fault) =>
        {
            string shown = Encoding.UTF8.GetString(line);
            if (fault is null)
                Unknown.Add(shown);
            else
                Faults.Add($"{shown}: {fault}");
        });
        string[] lines = text.Split('\n');
        for (int index = 0; index < lines.Length; index++)
            parser.Add(Encoding.UTF8.GetBytes(lines[index]), index + 1, isCut: index == lines.Length - 1);
        return parser.Finish();
    }

    /// <summary>Asserts that all lines were read.</summary>
    internal ParsedStatistics Clean()
    {
        Assert.Empty(Faults);
        Assert.Empty(Unknown);
        return this;
    }
}
