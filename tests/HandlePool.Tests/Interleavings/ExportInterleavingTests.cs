using HandlePool.Dumps;
using HandlePool.Reports;
using HandlePool.SessionFiles;

namespace HandlePool.Tests.Interleavings;

/// <summary>
/// Runs every operation of another thread while an export writes its file. The operation must not wait for the file, and the file has the
/// session as it was before the first write.
/// </summary>
public class ExportInterleavingTests
{
    private const int NodesForSomeWrites = 700;

    private static readonly Dictionary<string, Action<Stream, HandleSession>> Writers = new()
    {
        ["session"] = (stream, session) => SessionFileWriter.Write(stream, session),
        ["dump of the C driver"] = (stream, session) => DumpWriter.Write(stream, session, DumpForm.C),
        ["dump of the Rust driver"] = (stream, session) => DumpWriter.Write(stream, session, DumpForm.Rust),
        ["report"] = (stream, session) => HandleReport.Write(stream, [session], new HandleReportOptions { Created = DateTimeOffset.UnixEpoch }),
    };

    /// <summary>The exports, and the drivers whose rules the session has.</summary>
    public static TheoryData<string, HandleDriver> Rows()
    {
        TheoryData<string, HandleDriver> rows = [];
        foreach (string export in Writers.Keys)
        {
            foreach (HandleDriver driver in new[] { HandleDriver.HandlePool, HandleDriver.C })
                rows.Add(export, driver);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void An_export_beside_any_operation_shows_one_moment_and_blocks_nothing(string export, HandleDriver driver)
    {
        foreach (SecondOperation second in SecondOperation.All.Where(each => !each.Traits.HasFlag(SecondOperationTraits.IsNotRecorded)))
        {
            int writes = Try(Writers[export], driver, second, at: 0);
            foreach (int at in new[] { writes / 2, writes - 1 }.Where(at => at > 0).Distinct())
                Try(Writers[export], driver, second, at);
        }
    }

    /// <summary>Does the second operation at a write, and returns the number of writes.</summary>
    private static int Try(Action<Stream, HandleSession> write, HandleDriver driver, SecondOperation second, int at)
    {
        Scene scene = new(new HandleSessionOptions { Driver = driver }, isRecorded: false);
        scene.HoldInLargePool(40);
        scene.HoldDeadNode();
        for (int count = 0; count < NodesForSomeWrites; count++)
            scene.Session.CreateNode(scene.Bystander);
        Func<object?>[] steps = second.Prepare(scene);
        using InterruptedStream before = new(at: -1, () => { });
        write(before, scene.Session);
        Actor other = new(() => Array.ForEach(steps, step => Interleaving.Do(step)));
        using InterruptedStream stream = new(at, () =>
        {
            other.Start();
            other.Finish();
        });

        write(stream, scene.Session);

        Assert.True(before.ToArray().AsSpan().SequenceEqual(stream.ToArray()), $"\"{second}\" at write {at}");
        return stream.Writes;
    }

    private sealed class InterruptedStream(int at, Action interrupt) : MemoryStream
    {
        internal int Writes { get; private set; }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Writes++ == at)
                interrupt();

            // A span of the base class would come back here.
            base.Write(buffer.ToArray(), 0, buffer.Length);
        }
    }
}
