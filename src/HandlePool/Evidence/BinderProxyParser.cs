using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Parses the activity manager's counts of the proxies in the system server: <c>dumpsys activity binder-proxies</c>.</summary>
internal sealed class BinderProxyParser : SectionParser
{
    /// <summary>The uid of the system server, which holds these proxies.</summary>
    internal const int SystemUid = 1000;

    /// <summary>The name of the process that holds these proxies.</summary>
    internal const string SystemServer = "system_server";

    internal override string Name => "BinderProxies";

    internal override ReadOnlySpan<byte> FirstLetters => "ATC"u8;

    internal override ReadOnlySpan<byte> ReadLetters => "#U"u8;

    internal override bool Begins(ReadOnlySpan<byte> text) => text.StartsWith("ACTIVITY MANAGER BINDER PROXY STATE"u8)
        || text.StartsWith("Top proxy interface names held by SYSTEM"u8) || text.StartsWith("Counts of Binder Proxies held by SYSTEM"u8);

    internal override void Add(in EvidenceLine line, EvidenceStore store)
    {
        if (line.Text[0] == (byte)'#')
        {
            if (HistogramLine.TryParse(line.Text, out long rank, out ReadOnlySpan<byte> name, out long number))
            {
                store.Add(Name, new HandleEvidence(HandleEvidenceKind.InterfaceCount, store.Path, line.Number, EvidenceStore.TextOf(line.Text))
                {
                    Uid = SystemUid,
                    Name = EvidenceStore.NameOf(name),
                    Count = number,
                    Rank = rank,
                });
            }

            return;
        }

        LineCursor cursor = new(line.Text);
        if (!cursor.TryWord("UID"u8) || !cursor.TryNumber(out long uid) || uid > int.MaxValue)
            return;
        cursor.SkipTo("binder count"u8);
        if (!cursor.TryText("binder count"u8))
            return;
        cursor.SkipSpace();
        if (!cursor.TryText("="u8))
            return;
        cursor.SkipSpace();
        if (!cursor.TryNumber(out long count))
            return;
        cursor.SkipTo("package(s)="u8);
        string? packages = cursor.TryText("package(s)="u8) && cursor.Rest.IndexOf("NO PACKAGE NAME FOUND"u8) < 0 ? EvidenceStore.NameOf(cursor.Rest.Trim(" ;"u8)) : null;
        store.Add(Name, new HandleEvidence(HandleEvidenceKind.UidCount, store.Path, line.Number, EvidenceStore.TextOf(line.Text))
        {
            Uid = (int)uid,
            HolderUid = SystemUid,
            Name = packages,
            Count = count,
        });
    }
}
