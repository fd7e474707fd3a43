using System.Text;
using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Parses the list of hardware services: <c>lshal</c>. The columns are those of its line of headings, which differ between releases.</summary>
internal sealed class HardwareServiceParser : SectionParser
{
    // Headings of more columns are not of lshal.
    private const int MostColumns = 20;

    private int _serverOffset;
    private bool _hasClients;

    internal override string Name => "HardwareServices";

    internal override ReadOnlySpan<byte> FirstLetters => "|-RIA"u8;

    internal override bool Begins(ReadOnlySpan<byte> text) =>
        text.StartsWith("| All "u8) || text.StartsWith("All binderized services"u8) || (text.StartsWith("------ HARDWARE HALS"u8) && text.IndexOf("was the duration"u8) < 0) || IsHeading(text);

    internal override void Add(in EvidenceLine line, EvidenceStore store)
    {
        if (IsHeading(line.Text))
        {
            FindColumns(line.Text);
            return;
        }

        int version = _serverOffset == 0 ? -1 : line.Text.IndexOf("::"u8);
        if (version <= 0)
            return;
        int start = line.Text[..version].LastIndexOfAny((byte)' ', (byte)'\t') + 1;
        LineCursor cursor = new(line.Text[start..]);
        ReadOnlySpan<byte> name = cursor.Word();
        int slash = name.IndexOf((byte)'/');
        if (slash <= 0)
            return;
        for (int column = 1; column < _serverOffset; column++)
        {
            cursor.SkipSpace();
            cursor.Word();
        }

        cursor.SkipSpace();
        int? server = cursor.TryNumber(out long pid) && cursor.IsAtWordEnd && pid <= int.MaxValue ? (int)pid : null;
        store.Add(Name, new HandleEvidence(HandleEvidenceKind.Service, store.Path, line.Number, EvidenceStore.TextOf(line.Text))
        {
            Pid = server,
            IsHardware = true,
            Name = EvidenceStore.NameOf(name),
            Interface = EvidenceStore.NameOf(name[..slash]),
            Clients = new HandleList<int>(_hasClients && server is not null ? PidList.Parse(cursor.Rest) : []),
        });
    }

    private static bool IsHeading(ReadOnlySpan<byte> text) => (text.StartsWith("Interface "u8) || text.IndexOf(" Interface "u8) > 0) && text.IndexOf(" Server"u8) > 0;

    /// <summary>Finds the column of the server behind that of the interface. Those of commands may have blanks in their cells.</summary>
    private void FindColumns(ReadOnlySpan<byte> headings)
    {
        string[] columns = Encoding.UTF8.GetString(headings[..Math.Min(headings.Length, 1_024)])
            .Replace("Thread Use", "Threads", StringComparison.Ordinal).Split(' ', MostColumns, StringSplitOptions.RemoveEmptyEntries);
        _serverOffset = Math.Max(0, Array.IndexOf(columns, "Server") - Array.IndexOf(columns, "Interface"));
        _hasClients = _serverOffset > 0 && Array.IndexOf(columns, "Server") + 1 is int next && next < columns.Length && columns[next] == "Clients";
    }
}
