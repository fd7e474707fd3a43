using HandlePool.Evidence;
using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Tells whose text the lines of a report are: the system's, or that of apps within one of its sections.</summary>
/// <remarks>
/// Apps write into a report: what their components dump, traces of their threads, and names and titles that services print. Such text may read like a heading,
/// and like any section behind it. What is in a section of this kind ends with the end that dumpstate or dumpsys prints for it, and has no headings of its own. Where a
/// report has no such ends, as those of old releases, a heading ends it that is not indented more. Not thread-safe.
/// </remarks>
internal sealed class ReportScope
{
    // The section in dashes: its heading without what is in parentheses, and that.
    private byte[]? _title;
    private byte[] _command = [];
    private int _indentation;
    private EvidenceScope _scope;
    private bool _isTrace;

    // The service in it.
    private byte[]? _service;
    private int _serviceIndentation;
    private EvidenceScope _serviceScope;
    private bool _hasServiceEnd;
    private bool _hasServiceText;

    // Whether the file has ends of sections, and of services.
    private bool _hasEnds;
    private bool _hasServiceEnds;
    private bool _isTraceFile;

    /// <summary>Gets whether the next lines may be those that <c>dumpsys</c> prints before a service does.</summary>
    internal bool IsInPreamble => _service is not null && !_hasServiceText;

    /// <summary>Gets the number of headings that were taken as text of the present section, although they are not indented more.</summary>
    internal int Headings { get; private set; }

    /// <summary>Gets whether the present section has no end, and headings were taken as its text.</summary>
    internal bool IsWithoutEnd => Headings > 0;

    /// <summary>Gets whether the lines are of a section in dashes.</summary>
    internal bool HasTitle => _title is not null;

    /// <summary>Gets the name of the present section or service; empty if it has none.</summary>
    internal ReadOnlySpan<byte> Title => _service ?? _title;

    private static ReadOnlySpan<byte> Duration => "s was the duration of "u8;

    /// <summary>Gets how the heading of a service begins.</summary>
    internal static ReadOnlySpan<byte> ServiceHeading => "DUMP OF SERVICE "u8;

    /// <summary>Begins a file.</summary>
    internal void BeginFile(string path)
    {
        Leave();
        _hasEnds = _hasServiceEnds = false;

        // An archive has the files of a device.
        path = path.Replace('\\', '/');
        _isTraceFile = path.Contains("FS/data/anr/", StringComparison.Ordinal) || path.Contains("FS/data/tombstones/", StringComparison.Ordinal)
            || path.Contains("FS/data/system/dropbox/", StringComparison.Ordinal);
    }

    /// <summary>Takes the next line, and returns what it may say.</summary>
    /// <param name="text">The line, without blanks before it. It is not empty.</param>
    /// <param name="indentation">The number of blanks before it.</param>
    /// <param name="isInLongLog">Whether the lines are of a log in the format <c>long</c>.</param>
    internal EvidenceScope Enter(ReadOnlySpan<byte> text, int indentation, bool isInLongLog)
    {
        if (_isTraceFile)
            return EvidenceScope.Tables;
        EvidenceScope present = _service is not null ? _serviceScope : _scope == EvidenceScope.All && isInLongLog ? EvidenceScope.LongLog : _scope;
        return text[0] is (byte)'-' or (byte)'[' or (byte)'D' or (byte)'=' || IsInPreamble ? Look(text, indentation, present) : present;
    }

    private EvidenceScope Look(ReadOnlySpan<byte> text, int indentation, EvidenceScope present)
    {
        bool isClosed = _service is not null ? _hasServiceText && _hasServiceEnd : _title is not null && _hasEnds && !_isTrace && present != EvidenceScope.All;
        switch (text[0])
        {
            case (byte)'-' when DumpHeading.IsTitle(text) && text.ContainsAnyExcept((byte)'-', (byte)' '):
                return EnterTitle(text, indentation, isClosed, present);
            case (byte)'[' when DumpHeading.IsEnd(text):
                int colon = text.LastIndexOf(": "u8);
                if ((isClosed || IsNested(indentation)) && !IsOwnEnd(text[1..Math.Max(1, colon)], indentation))
                    return Within(present);
                Leave();
                return EvidenceScope.All;
            case (byte)'D' when text.StartsWith(ServiceHeading):
                return EnterService(text[ServiceHeading.Length..], indentation, isClosed, present);
            case (byte)'=' when text.StartsWith(DumpTime.Heading):
                if (isClosed || IsNested(indentation))
                    return Pass(present, indentation);
                Leave();
                return EvidenceScope.All;
        }

        if (!IsInPreamble)
            return present;
        if (IsOfPreamble(text))
            return EvidenceScope.Clients;

        // Lines of a log may interrupt any section, and services are separated by long lines.
        _hasServiceText = !LogLine.MayBe(text) && text.ContainsAnyExcept((byte)'-', (byte)' ');
        return present;
    }

    private static bool IsOfPreamble(ReadOnlySpan<byte> text) =>
        text.StartsWith("Service host process PID:"u8) || text.StartsWith("Client PIDs:"u8) || text.StartsWith("Threads in use:"u8) || text.StartsWith("Stability:"u8);

    /// <summary>Returns whether a heading is indented more than that of the present section, so that it is a part of it. Without ends, only apps' sections have such.</summary>
    private bool IsNested(int indentation) =>
        (_title is not null && indentation > _indentation && (_hasEnds || _scope != EvidenceScope.All)) || (_service is not null && indentation > _serviceIndentation);

    private EvidenceScope EnterTitle(ReadOnlySpan<byte> text, int indentation, bool isClosed, EvidenceScope present)
    {
        if (text.IndexOf(Duration) is >= 0 and int at)
        {
            ReadOnlySpan<byte> of = text[(at + Duration.Length)..];
            if (of.StartsWith("dumpsys "u8))
                return EndService(of["dumpsys "u8.Length..], indentation, isClosed, present);
            of = of.Trim(" -"u8).Trim((byte)'\'');
            if ((isClosed || IsNested(indentation)) && !IsOwnEnd(of, indentation))
                return Within(present);
            Leave();
            _hasEnds = true;
            return EvidenceScope.All;
        }

        // The buffers of a log have headings of their own: "--------- beginning of main".
        if (text.IndexOf(" beginning of "u8) >= 0 || text.IndexOf(" switch to "u8) >= 0)
            return present;
        if (isClosed || IsNested(indentation))
            return Pass(present, indentation);
        Leave();
        ReadOnlySpan<byte> title = text.Trim(" -"u8);
        int open = title.IndexOf((byte)'(');
        _title = (open < 0 ? title : title[..open]).Trim((byte)' ').ToArray();
        _command = open < 0 ? [] : title[(open + 1)..].TrimEnd((byte)')').ToArray();
        _indentation = indentation;
        _isTrace = _title.AsSpan().StartsWith("VM TRACES"u8) || _command.AsSpan().IndexOf("/data/anr"u8) >= 0 || _command.AsSpan().IndexOf("/tombstone"u8) >= 0;
        _scope = _isTrace ? EvidenceScope.Tables : ScopeOf(_title, _command);
        return EvidenceScope.All;
    }

    private EvidenceScope EnterService(ReadOnlySpan<byte> text, int indentation, bool isClosed, EvidenceScope present)
    {
        if (isClosed || IsNested(indentation) || _scope != EvidenceScope.All)
            return Pass(present, indentation);
        bool hasPriority = text.StartsWith("CRITICAL "u8) || text.StartsWith("HIGH "u8) || text.StartsWith("NORMAL "u8);
        ReadOnlySpan<byte> name = (hasPriority ? text[text.IndexOf((byte)' ')..] : text).Trim(" :"u8);
        (_service, _serviceIndentation, _serviceScope, _hasServiceText) = (name.ToArray(), indentation, ScopeOfService(name, default), false);
        _hasServiceEnd = hasPriority || _hasServiceEnds;
        Headings = 0;
        return EvidenceScope.All;
    }

    private EvidenceScope EndService(ReadOnlySpan<byte> of, int indentation, bool isClosed, EvidenceScope present)
    {
        int end = of.IndexOf((byte)',');
        bool isOwn = _service is not null && indentation == _serviceIndentation && of[..(end < 0 ? of.Length : end)].SequenceEqual(_service);
        if (!isOwn && (isClosed || IsNested(indentation) || _scope != EvidenceScope.All))
            return Within(present);
        (_service, _hasServiceEnds, Headings) = (null, true, 0);
        return EvidenceScope.All;
    }

    /// <summary>Takes a heading as text of the present section.</summary>
    private EvidenceScope Pass(EvidenceScope present, int indentation)
    {
        if (!IsNested(indentation))
            Headings++;
        _hasServiceText = true;
        return Within(present);
    }

    /// <summary>Returns what a heading may say that is none: nothing, where all else counts.</summary>
    private static EvidenceScope Within(EvidenceScope present) => present == EvidenceScope.All ? EvidenceScope.Nothing : present;

    private void Leave() => (_title, _scope, _service, _isTrace, Headings) = (null, EvidenceScope.All, null, false, 0);

    /// <summary>Returns whether an end is that of the present section: older releases name its command.</summary>
    private bool IsOwnEnd(ReadOnlySpan<byte> of, int indentation)
    {
        if (_title is null || indentation != _indentation || of.IsEmpty)
            return false;
        return of.StartsWith(_title) ? of.Length == _title.Length || of[_title.Length..].StartsWith(" ("u8) : _command.AsSpan().StartsWith(of);
    }

    /// <summary>Returns what the lines of a section may say.</summary>
    private static EvidenceScope ScopeOf(ReadOnlySpan<byte> title, ReadOnlySpan<byte> command)
    {
        if (title.IndexOf("APP SERVICES"u8) >= 0 || title.IndexOf("APP PROVIDERS"u8) >= 0 || title.IndexOf("APP ACTIVITIES"u8) >= 0)
            return EvidenceScope.Nothing;

        // A file may have any name.
        if (title.IndexOf("OPEN FILES"u8) >= 0 || command.StartsWith("lsof"u8))
            return EvidenceScope.Nothing;
        int dumpsys = command.IndexOf("dumpsys"u8);
        return dumpsys < 0 ? EvidenceScope.All : ScopeOfCommand(command[(dumpsys + "dumpsys"u8.Length)..]);
    }

    /// <summary>Returns what the lines of <c>dumpsys [OPTIONS] [SERVICE [ARGUMENTS]]</c> may say: without a service, they are of all.</summary>
    private static EvidenceScope ScopeOfCommand(ReadOnlySpan<byte> command)
    {
        // Several commands are of several services.
        if (command.Contains((byte)';'))
            return EvidenceScope.All;
        LineCursor cursor = new(command);
        while (true)
        {
            cursor.SkipSpace();
            ReadOnlySpan<byte> word = cursor.Word();
            if (word.IsEmpty || word.SequenceEqual("--skip"u8))
                return EvidenceScope.All;
            if (word[0] != (byte)'-')
                return ScopeOfService(word, cursor.Rest);
            if (word.SequenceEqual("-t"u8) || word.SequenceEqual("-T"u8) || word.SequenceEqual("--priority"u8))
            {
                cursor.SkipSpace();
                cursor.Word();
            }
        }
    }

    private static EvidenceScope ScopeOfService(ReadOnlySpan<byte> name, ReadOnlySpan<byte> arguments)
    {
        if (name.SequenceEqual("meminfo"u8))
            return EvidenceScope.Memory;
        if (name.SequenceEqual("package"u8))
            return EvidenceScope.Packages;
        if (name.SequenceEqual("dropbox"u8))
            return EvidenceScope.Tables;
        if (!name.SequenceEqual("activity"u8))
            return EvidenceScope.Service;

        // With these, it asks the apps.
        LineCursor cursor = new(arguments);
        for (cursor.SkipSpace(); !cursor.IsAtEnd; cursor.SkipSpace())
        {
            ReadOnlySpan<byte> word = cursor.Word();
            if (word.SequenceEqual("service"u8) || word.SequenceEqual("provider"u8) || word.SequenceEqual("all"u8) || word.SequenceEqual("top"u8) || word.SequenceEqual("-c"u8))
                return EvidenceScope.Nothing;
        }

        return EvidenceScope.Activity;
    }
}
