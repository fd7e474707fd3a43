using System.Text;
using HandlePool.SessionFiles;

namespace HandlePool.Tests.SessionFiles;

/// <summary>Session files as text.</summary>
internal static class SessionText
{
    /// <summary>A small file with one of everything. Process 3 has exited, and somebody holds its node 7.</summary>
    internal const string Small = """
        {"format":"HandlePool.Session","version":1,"name":"small","time":"2026-01-31T12:00:00.0000000+02:00",
        "options":{"allocator":"HierarchicalBitmap","growthPolicy":"Optimistic","shrinkPolicy":"Immediate","maxCapacity":1000,"eventCapacity":10,"allocationDelay":"00:00:00"},
        "highestProcessId":3,"highestNodeId":9,"eventsRecorded":4,
        "contexts":[{"name":"binder","manager":1},{"name":"hwbinder","manager":null}],
        "processes":[
        {"id":1,"context":"binder","name":"manager","isDead":false,"pool":{"capacity":64,"capacityInferred":false,"isDisabled":false,"growCount":0,"shrinkCount":0,"discardedResizes":0,"discardedBytes":0,"lockAcquisitions":0,"waits":0,"retries":0},"references":[]},
        {"id":2,"context":"binder","name":null,"isDead":false,"pool":{"capacity":128,"capacityInferred":true,"isDisabled":false,"growCount":1,"shrinkCount":2,"discardedResizes":3,"discardedBytes":4,"lockAcquisitions":5,"waits":6,"retries":7},"references":[[0,1,1,0],[1,5,2,3],[70,7,0,1]]},
        {"id":3,"context":"binder","name":"gone","isDead":true,"pool":{"capacity":64,"capacityInferred":false,"isDisabled":false,"growCount":0,"shrinkCount":0,"discardedResizes":0,"discardedBytes":0,"lockAcquisitions":9,"waits":0,"retries":0},"references":[]}
        ],
        "nodes":[{"id":1,"name":null,"owner":0,"isDead":false},{"id":5,"name":"five","owner":0,"isDead":false},{"id":7,"name":null,"owner":2,"isDead":true},{"id":8,"name":null,"owner":null,"isDead":false}],
        "findings":[{"kind":"OwnerMissing","message":"odd","path":"state","line":12,"process":null,"handle":3,"node":8}],
        "events":[{"sequence":3,"time":"2026-01-31T12:00:01.0000000+02:00","process":1,"kind":"Grow","fromCapacity":64,"toCapacity":128,"handle":null,"message":"grew"},
        {"sequence":4,"time":"2026-01-31T12:00:02.0000000+02:00","process":2,"kind":"ProcessExit","fromCapacity":null,"toCapacity":null,"handle":null,"message":"exited"}]}
        """;

    internal static string Of(HandleSession session)
    {
        using MemoryStream stream = new();
        SessionFileWriter.Write(stream, session);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    internal static HandleSession Read(string text) => Read(Encoding.UTF8.GetBytes(text));

    internal static HandleSession Read(byte[] bytes) => SessionFileReader.Read(new MemoryStream(bytes), "s.json");

    /// <summary>Asserts that a text is refused with a message that has these words.</summary>
    internal static void IsRefused(string text, params string[] words) => IsRefused(Encoding.UTF8.GetBytes(text), words);

    /// <inheritdoc cref="IsRefused(string, string[])"/>
    internal static void IsRefused(byte[] bytes, params string[] words)
    {
        HandleException exception = Refused.With(HandleErrorIds.SessionFormat, Errno.EINVAL, () => Read(bytes));
        Assert.StartsWith("s.json: ", exception.Message, StringComparison.Ordinal);
        foreach (string word in words)
            Assert.Contains(word, exception.Message, StringComparison.Ordinal);
    }
}
