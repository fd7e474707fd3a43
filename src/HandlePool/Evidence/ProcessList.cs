using System.Text;
using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Parses the process lists of a bug report.</summary>
/// <remarks>
/// The lists are the output of <c>ps</c>, whose columns differ between releases, and of <c>procrank</c>. The line of headings
/// tells the columns, which are counted: their padding varies.
/// </remarks>
internal sealed class ProcessList : SectionParser
{
    private const int LongestName = 1_024;

    private int _columns;
    private int _pidColumn;
    private int _threadColumn;
    private int _uidColumn;
    private bool _hasState;

    internal override string Name => "Processes";

    internal override ReadOnlySpan<byte> FirstLetters => "-UL"u8;

    /// <summary>Returns whether this is the heading of a list, or without one the line of its columns.</summary>
    internal override bool Begins(ReadOnlySpan<byte> text) => text.StartsWith("------ PROCESSES"u8) || text.StartsWith("------ PROCRANK"u8)
        || ((text.StartsWith("USER "u8) || text.StartsWith("UID "u8) || text.StartsWith("LABEL "u8)) && text.IndexOf(" PID "u8) > 0);

    internal override void Begin() => _columns = 0;

    internal override void Add(in EvidenceLine line, EvidenceStore store)
    {
        if (_columns == 0)
            FindColumns(line.Text);
        else
            AddProcess(line, store);
    }

    /// <summary>Finds the columns in the line of headings: one is PID, and the last is the process's name.</summary>
    private void FindColumns(ReadOnlySpan<byte> line)
    {
        List<string> columns = [];
        LineCursor cursor = new(line);
        for (cursor.SkipSpace(); !cursor.IsAtEnd; cursor.SkipSpace())
            columns.Add(Encoding.UTF8.GetString(cursor.Word()));
        int pidColumn = columns.IndexOf("PID");
        if (pidColumn < 0 || columns[^1] is not ("CMD" or "NAME" or "ARGS" or "CMDLINE" or "cmdline"))
            return;

        _pidColumn = pidColumn;
        _threadColumn = columns.IndexOf("TID");
        _uidColumn = Math.Max(columns.IndexOf("USER"), columns.IndexOf("UID"));
        _hasState = columns.Contains("S") || columns[^2] != "PC";
        _columns = columns.Count;
    }

    private void AddProcess(in EvidenceLine line, EvidenceStore store)
    {
        long id = -1, thread = -1;
        int? uid = null;
        LineCursor cursor = new(line.Text);
        for (int column = 0; column < _columns - 1; column++)
        {
            // However many columns the headings have, no more work than the line is long.
            cursor.SkipSpace();
            if (cursor.IsAtEnd)
                return;
            if (column == _uidColumn)
                uid = AndroidUid.TryParse(cursor.Word(), out int given) ? given : null;
            else if (column != _pidColumn && column != _threadColumn)
                cursor.Word();
            else if (!cursor.TryNumber(out long number) || !cursor.IsAtWordEnd)
                return;
            else if (column == _pidColumn)
                id = number;
            else
                thread = number;
        }

        // A process's first thread has its id.
        if (id > int.MaxValue || (_threadColumn >= 0 && thread != id))
            return;
        cursor.SkipSpace();
        ReadOnlySpan<byte> name = cursor.Rest.TrimEnd(" \t"u8);

        // The old ps prints the state before the name, in a column without heading.
        if (!_hasState && name is [>= (byte)'A' and <= (byte)'Z', (byte)' ', ..])
            name = name[2..].TrimStart((byte)' ');
        if (name.Length is 0 or > LongestName)
            return;
        string file = ProcessNames.FileName(Encoding.UTF8.GetString(name));
        store.AddName((int)id, file, isListed: true, line);
        if (uid is not null)
        {
            store.Add(Name, new HandleEvidence(HandleEvidenceKind.Process, store.Path, line.Number, EvidenceStore.TextOf(line.Text))
            {
                Pid = (int)id,
                Uid = uid,
                Name = file,
                IsListed = true,
            });
        }
    }
}
