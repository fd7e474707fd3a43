using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Parses the calls that the driver shows: those under way, their buffers, and its logs of the latest and of the failed ones.</summary>
internal sealed class TransactionParser
{
    internal const string Name = "Transactions";

    private int? _pid;
    private bool _isBegun;

    /// <summary>Begins a file, or another text of the driver.</summary>
    internal void BeginFile() => (_pid, _isBegun) = (null, false);

    /// <summary>Adds a line of one of the driver's texts.</summary>
    internal void Add(in EvidenceLine line, EvidenceStore store)
    {
        LineCursor cursor = new(line.Text);
        switch (line.Text[0])
        {
            case (byte)'p' when cursor.TryWord("proc"u8):
                _pid = cursor.TryNumber(out long pid) && pid <= int.MaxValue ? (int)pid : null;
                return;
            case (byte)'o' or (byte)'i' or (byte)'p' or (byte)'b' when line.Text.IndexOf("transaction "u8) is >= 0 and int at && line.Text.IndexOf(": "u8) > at:
                cursor.SkipTo("transaction "u8);
                cursor.TryText("transaction "u8);
                AddCall(HandleEvidenceKind.Transaction, cursor, line, store);
                return;
            case (byte)'b' when cursor.TryWord("buffer"u8) && cursor.TryNumber(out _) && cursor.TryText(":"u8):
                cursor.SkipTo("size "u8);
                if (cursor.TryText("size "u8) && cursor.TryNumber(out long size))
                    Keep(new(HandleEvidenceKind.TransactionBuffer, store.Path, line.Number, EvidenceStore.TextOf(line.Text)) { Pid = _pid, Count = size }, line, store);
                return;
            case >= (byte)'0' and <= (byte)'9':
                AddCall(HandleEvidenceKind.LoggedTransaction, cursor, line, store);
                return;
        }
    }

    /// <summary>Adds a call: <c>409: call from 1754:1822 to 812:0 ...</c>.</summary>
    private void AddCall(HandleEvidenceKind kind, LineCursor cursor, in EvidenceLine line, EvidenceStore store)
    {
        if (!cursor.TryNumber(out _) || !cursor.TryText(":"u8))
            return;
        cursor.SkipTo(" from "u8);
        if (!cursor.TryText(" from "u8) || !cursor.TryNumber(out long from) || from > int.MaxValue || !cursor.TryText(":"u8) || !cursor.TryNumber(out _))
            return;
        Keep(new(kind, store.Path, line.Number, EvidenceStore.TextOf(line.Text)) { Pid = (int)from }, line, store);
    }

    private void Keep(HandleEvidence fact, in EvidenceLine line, EvidenceStore store)
    {
        if (!_isBegun)
            store.BeginSection(Name, line);
        _isBegun = true;
        store.Add(Name, fact);
    }
}
