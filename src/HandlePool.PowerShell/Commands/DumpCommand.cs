using System.Management.Automation;
using HandlePool.Dumps;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Errors;
using HandlePool.PowerShell.Files;
using HandlePool.PowerShell.Progress;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet that reads the driver's text dumps.</summary>
public abstract class DumpCommand : ModelCommand
{
    /// <summary>The greatest number of warnings about texts that were cut off, and about the processes in which they end.</summary>
    private const int MostGaps = 5;

    /// <summary>Reads on another thread, so that progress is shown and a read that blocks can be stopped. Writes what could not be read.</summary>
    /// <param name="source">The source, which the progress names.</param>
    /// <param name="options">The options.</param>
    /// <param name="read">Reads, with the options that are passed to it.</param>
    /// <param name="use">Uses each dump that was read.</param>
    private protected void Read(string source, DumpReaderOptions options, Func<DumpReaderOptions, IReadOnlyList<ImportedDump>> read,
        Action<ImportedDump> use)
    {
        ImportProgress progress = new(this, source);
        DumpReaderOptions reporting = options with { Progress = progress.Report };
        Task<IReadOnlyList<ImportedDump>> reading = Task.Factory.StartNew(() => read(reporting), CancellationToken.None,
            TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Try(() =>
        {
            progress.ShowUntil(reading, StopToken);
            foreach (ImportedDump dump in reading.GetAwaiter().GetResult())
            {
                WriteProblems(dump);
                use(dump);
            }
        });
    }

    /// <summary>Writes the lines that could not be read as errors, and what was refused, cut off, unknown or ignored as warnings.</summary>
    private protected void WriteProblems(ImportedDump dump)
    {
        string path = VisibleText.Of(dump.Path);
        foreach (DumpProblem problem in dump.Problems)
            Fail(Describe(problem.ToException()));
        foreach (DumpProblem refusal in dump.Refusals)
            WriteWarning($"{VisibleText.Of(refusal.Path)}: line {refusal.Line}: the device refused to show {refusal.Text}: {refusal.Message}. Its contents are missing.");
        if (dump.ProblemCount - dump.Problems.Count is > 0 and long more)
            WriteWarning($"{path}: {Phrase.Count(more, "more line")} could not be read.");
        if (dump.Session is { Processes: 0, Evidence.Count: > 0 })
        {
            WriteWarning($"{path}: no binder state and no statistics were found, so the session has no handles. It has only the evidence of the report: "
                + "Get-HandleEvidence, Get-HandleIncident and Get-HandleTransaction show it.");
        }

        WriteGaps(dump.Session);
        if (dump.UnknownLineCount > 0)
        {
            WriteWarning($"{path}: {Phrase.Count(dump.UnknownLineCount, "unrecognized line")} skipped: "
                + string.Join(", ", dump.UnknownLines.Select(line => DescribeLine(line, dump.Path)))
                + (dump.UnknownLineCount > dump.UnknownLines.Count ? ", ..." : "."));
        }

        if (dump.IgnoredTextCount > 0)
        {
            WriteWarning($"{path}: unrecognized text in {Phrase.Count(dump.IgnoredTextCount, "line")} ignored; the rest of "
                + (dump.IgnoredTextCount == 1 ? "the line" : "the lines") + " was read: "
                + string.Join(", ", dump.IgnoredTexts.Select(line => DescribeLine(line, dump.Path)))
                + (dump.IgnoredTextCount > dump.IgnoredTexts.Count ? ", ..." : "."));
        }
    }

    /// <summary>Writes warnings of what is missing because the dump was cut off, or lacks lines.</summary>
    private void WriteGaps(HandleSession session)
    {
        IReadOnlyList<HandleFinding> gaps = IncompleteState.GapsOf(session);
        foreach (HandleFinding gap in gaps.Take(MostGaps))
            WriteWarning(gap.ToString());
        if (gaps.Count > MostGaps)
            WriteWarning($"{session}: {Phrase.Count(gaps.Count - MostGaps, "more text is", "more texts are")} cut off.");
        HandleFinding[] faults = [.. UncertainState.FaultsOf(session)];
        foreach (HandleFinding fault in faults.Take(MostGaps))
            WriteWarning(fault.ToString());
        if (faults.Length > MostGaps)
            WriteWarning($"{session}: {Phrase.Count(faults.Length - MostGaps, "more process or text seems", "more processes or texts seem")} to lack lines.");
        foreach (HandleProcess process in IncompleteState.CutProcessesOf(session).Take(MostGaps))
        {
            WriteWarning($"{session}: the text ends in process {process.Id} ({VisibleText.Name(process.Context)}), of which it shows "
                + $"{Phrase.Count(process.GetReferences().Length, "handle")}. The statistics count {process.HandleCount}, which is used.");
        }
    }

    /// <inheritdoc/>
    private protected override ErrorRecord Describe(HandleException exception) =>
        exception.Target is DumpProblem { Found: ForeignText.SessionFile }
            ? ErrorRecords.For(exception, "Use Import-HandleSession to read it.")
            : exception.ErrorId == HandleErrorIds.DumpFormat && exception.Target is DumpProblem { Line: <= 1 } problem && FileKind.Advise(problem.Path) is { } advice
                && advice != FileKind.Dump
            ? ErrorRecords.For(exception, advice)
            : base.Describe(exception);

    private static string DescribeLine(DumpProblem line, string path) =>
        (line.Path == path ? "" : $"{VisibleText.Of(line.Path)} ") + $"line {line.Line} '{line.Text}'";
}
