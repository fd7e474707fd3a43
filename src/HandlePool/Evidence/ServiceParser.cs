using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Parses the list of services: <c>service list</c>.</summary>
internal sealed class ServiceParser : SectionParser
{
    internal override string Name => "Services";

    internal override ReadOnlySpan<byte> FirstLetters => "F"u8;

    internal override ReadOnlySpan<byte> ReadLetters => "0123456789"u8;

    internal override bool Begins(ReadOnlySpan<byte> text)
    {
        LineCursor cursor = new(text);
        return cursor.TryWord("Found"u8) && cursor.TryNumber(out _) && cursor.TryText(" services:"u8);
    }

    /// <summary>Adds <c>12 TAB activity: [android.app.IActivityManager]</c>.</summary>
    internal override void Add(in EvidenceLine line, EvidenceStore store)
    {
        LineCursor cursor = new(line.Text);
        if (!cursor.TryNumber(out _) || cursor.SkipSpace() == 0)
            return;
        ReadOnlySpan<byte> rest = cursor.Rest;
        int end = rest.IndexOf(": ["u8);
        if (end <= 0 || rest.TrimEnd(" \t"u8) is not [.., (byte)']'])
            return;
        ReadOnlySpan<byte> descriptor = rest[(end + 3)..rest.LastIndexOf((byte)']')];
        store.Add(Name, new HandleEvidence(HandleEvidenceKind.Service, store.Path, line.Number, EvidenceStore.TextOf(line.Text))
        {
            Name = EvidenceStore.NameOf(rest[..end]),
            Interface = descriptor.IsEmpty ? null : EvidenceStore.NameOf(descriptor),
        });
    }
}

/// <summary>Parses the processes that offer and hold a service: <c>dumpsys --pid</c> and <c>dumpsys --clients</c>.</summary>
internal sealed class ServiceClientParser : SectionParser
{
    private string? _service;

    internal override string Name => "ServiceClients";

    internal override ReadOnlySpan<byte> FirstLetters => "SC"u8;

    internal override ReadOnlySpan<byte> ReadLetters => "SC"u8;

    internal override bool Begins(ReadOnlySpan<byte> text) => text.StartsWith("Service host process PID:"u8) || text.StartsWith("Client PIDs:"u8);

    /// <summary>Sets the service that the lines are about: <c>DUMP OF SERVICE HIGH activity:</c>.</summary>
    internal void SetService(ReadOnlySpan<byte> text)
    {
        LineCursor cursor = new(text);
        cursor.TryText("DUMP OF SERVICE "u8);
        if (!cursor.TryText("CRITICAL "u8) && !cursor.TryText("HIGH "u8))
            cursor.TryText("NORMAL "u8);
        _service = EvidenceStore.NameOf(cursor.Rest.Trim(" :"u8));
    }

    internal override void Add(in EvidenceLine line, EvidenceStore store)
    {
        LineCursor cursor = new(line.Text);
        if (cursor.TryText("Service host process PID:"u8))
        {
            cursor.SkipSpace();
            if (cursor.TryNumber(out long pid) && pid <= int.MaxValue)
                store.Add(Name, Fact(HandleEvidenceKind.ServiceClients, line, store, (int)pid, name: _service));
        }
        else if (cursor.TryText("Client PIDs:"u8))
        {
            store.Add(Name, new HandleEvidence(HandleEvidenceKind.ServiceClients, store.Path, line.Number, EvidenceStore.TextOf(line.Text))
            {
                Name = _service,
                Clients = new HandleList<int>(PidList.Parse(cursor.Rest)),
            });
        }
    }
}

/// <summary>Parses pids with blanks or commas between them.</summary>
internal static class PidList
{
    // A line may have a megabyte of them.
    private const int MostPids = 10_000;

    internal static int[] Parse(ReadOnlySpan<byte> text)
    {
        List<int> pids = [];
        LineCursor cursor = new(text);
        while (pids.Count < MostPids)
        {
            while (cursor.SkipSpace() > 0 || cursor.TryText(","u8))
            {
            }

            if (!cursor.TryNumber(out long pid) || pid > int.MaxValue)
                break;
            pids.Add((int)pid);
        }

        return [.. pids];
    }
}
