using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Parses the uids of packages: <c>dumpsys package</c>.</summary>
internal sealed class PackageParser : SectionParser
{
    private string? _package;

    internal override string Name => "Packages";

    internal override ReadOnlySpan<byte> FirstLetters => "P"u8;

    internal override ReadOnlySpan<byte> ReadLetters => "PSua"u8;

    internal override bool Begins(ReadOnlySpan<byte> text) => text.StartsWith("Package ["u8);

    internal override void Add(in EvidenceLine line, EvidenceStore store)
    {
        LineCursor cursor = new(line.Text);
        if (cursor.TryText("Package ["u8))
        {
            int close = cursor.Rest.IndexOf((byte)']');
            _package = close > 0 ? EvidenceStore.NameOf(cursor.Rest[..close]) : null;
        }
        else if (cursor.TryText("SharedUser ["u8))
        {
            _package = null;
        }
        else if (_package is not null && (cursor.TryText("userId="u8) || cursor.TryText("appId="u8)) && cursor.TryNumber(out long uid) && uid <= int.MaxValue)
        {
            store.Add(Name, Fact(HandleEvidenceKind.Package, line, store, uid: (int)uid, name: _package));
            _package = null;
        }
    }
}
