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
    /// <param name="line">The line. It is not empty.</param>
    /// <param name="isOfFailedLog">Whether entries of a log are of that of the failed calls.</param>
    /// <param name="store">What keeps the facts.</param>
    /// <returns>False if the line begins as a call does, and cannot be read.</returns>
    internal bool Add(in EvidenceLine line, bool isOfFailedLog, EvidenceStore store)
    {
        CallCollector calls = store.Calls;
        LineCursor cursor = new(line.Text);
        switch (line.Text[0])
        {
            case (byte)'p' when cursor.TryWord("proc"u8):
                _pid = cursor.TryNumber(out long pid) && pid <= int.MaxValue ? (int)pid : null;
                calls.SetHost(_pid, null);
                return true;
            case (byte)'c' when cursor.TryWord("context"u8):
                calls.SetHost(_pid, EvidenceStore.NameOf(cursor.Rest.Trim(" \t"u8)));
                return true;
            case >= (byte)'0' and <= (byte)'9':
                return Keep(HandleEvidenceKind.LoggedTransaction,
                    calls.AddEntry(line.Text, isOfFailedLog ? CallRecordKind.Failed : CallRecordKind.Logged, store.Path, line.Number), line, store);
            case (byte)'t':
                calls.Add(line.Text, store.Path, line.Number);
                return true;
            case var _ when CallParser.IsCall(line.Text):
                CallRecord? call = calls.Add(line.Text, store.Path, line.Number);
                return Keep(call?.Kind == CallRecordKind.Buffer ? HandleEvidenceKind.TransactionBuffer : HandleEvidenceKind.Transaction, call, line, store);
            default:
                return true;
        }
    }

    private bool Keep(HandleEvidenceKind kind, CallRecord? call, in EvidenceLine line, EvidenceStore store)
    {
        if (call is null)
            return false;
        if (!_isBegun)
            store.BeginSection(Name, line);
        _isBegun = true;
        bool isBuffer = kind == HandleEvidenceKind.TransactionBuffer;
        store.Add(Name, new HandleEvidence(kind, store.Path, line.Number, EvidenceStore.TextOf(line.Text))
        {
            Pid = isBuffer ? call.HostId : call.FromId,
            Count = isBuffer ? call.Size : null,
        });
        return true;
    }
}
