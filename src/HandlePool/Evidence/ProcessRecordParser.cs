using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Finds the activity manager's records of processes, which are in many of its texts: <c>ProcessRecord{22d383 1878:com.example/u0a82}</c>.</summary>
internal sealed class ProcessRecordParser
{
    internal const string Name = "ProcessRecords";

    private bool _isBegun;

    /// <summary>Gets the word before each record.</summary>
    internal static ReadOnlySpan<byte> Mark => "ProcessRecord{"u8;

    /// <summary>Begins a file.</summary>
    internal void BeginFile() => _isBegun = false;

    /// <summary>Adds the records in a line.</summary>
    internal void Add(in EvidenceLine line, EvidenceStore store)
    {
        ReadOnlySpan<byte> rest = line.Text;
        while (rest.IndexOf(Mark) is >= 0 and int found)
        {
            rest = rest[(found + Mark.Length)..];
            LineCursor cursor = new(rest);
            cursor.Word();
            cursor.SkipSpace();

            // A process that does not run has pid 0.
            if (!cursor.TryNumber(out long pid) || pid is 0 or > int.MaxValue || !cursor.TryText(":"u8))
                continue;
            int close = cursor.Rest.IndexOf((byte)'}');
            if (close < 0)
                continue;
            ReadOnlySpan<byte> process = cursor.Rest[..close];
            int slash = process.LastIndexOf((byte)'/');
            if (slash <= 0 || !AndroidUid.TryParse(process[(slash + 1)..], out int uid))
                continue;
            if (!_isBegun)
                store.BeginSection(Name, line);
            _isBegun = true;
            string name = EvidenceStore.NameOf(process[..slash]);
            store.AddName((int)pid, name, isListed: false, line);
            store.Add(Name, new HandleEvidence(HandleEvidenceKind.Process, store.Path, line.Number, EvidenceStore.TextOf(line.Text))
            {
                Pid = (int)pid,
                Uid = uid,
                Name = name,
            });
        }
    }
}
