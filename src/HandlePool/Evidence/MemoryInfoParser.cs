using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Parses the binder objects in the memory report of a process: <c>dumpsys meminfo</c>.</summary>
internal sealed class MemoryInfoParser : SectionParser
{
    private int? _pid;
    private string? _process;

    internal override string Name => "MemoryInfo";

    internal override ReadOnlySpan<byte> FirstLetters => "*"u8;

    internal override ReadOnlySpan<byte> ReadLetters => "*LPD"u8;

    internal override bool Begins(ReadOnlySpan<byte> text) => text.StartsWith("** MEMINFO in pid "u8);

    internal override void Add(in EvidenceLine line, EvidenceStore store)
    {
        LineCursor cursor = new(line.Text);
        if (cursor.TryText("** MEMINFO in pid "u8))
        {
            _pid = cursor.TryNumber(out long pid) && pid <= int.MaxValue ? (int)pid : null;
            int open = line.Text.IndexOf((byte)'['), close = line.Text.LastIndexOf((byte)']');
            _process = open >= 0 && close > open ? EvidenceStore.NameOf(line.Text[(open + 1)..close]) : null;
            return;
        }

        if (_pid is null || line.Text[0] is not ((byte)'L' or (byte)'P' or (byte)'D'))
            return;
        Find(HandleEvidenceKind.LocalBinders, "Local Binders:"u8, line, store);
        Find(HandleEvidenceKind.ProxyBinders, "Proxy Binders:"u8, line, store);
        Find(HandleEvidenceKind.DeathRecipients, "Death Recipients:"u8, line, store);
    }

    private void Find(HandleEvidenceKind kind, ReadOnlySpan<byte> label, in EvidenceLine line, EvidenceStore store)
    {
        LineCursor cursor = new(line.Text);
        cursor.SkipTo(label);
        if (!cursor.TryText(label))
            return;
        cursor.SkipSpace();
        if (cursor.TryNumber(out long count))
            store.Add(Name, Fact(kind, line, store, _pid, name: _process, count: count));
    }
}
