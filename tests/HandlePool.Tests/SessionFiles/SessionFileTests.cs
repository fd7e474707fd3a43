using HandlePool.IO;
using HandlePool.SessionFiles;
using HandlePool.Tests.Interleavings;

namespace HandlePool.Tests.SessionFiles;

/// <summary>Files are replaced whole or not at all, and what others do meanwhile does not spoil them.</summary>
public sealed class SessionFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("HandlePool").FullName;

    private string FilePath => Path.Combine(_directory, "session.json");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_session_file_is_written_and_replaced()
    {
        SessionFileWriter.WriteFile(FilePath, new HandleSession("first"));
        SessionFileWriter.WriteFile(FilePath, World.Holding(100).Session);
        HandleSession read = SessionFileReader.ReadFile(FilePath);
        Assert.Equal(("World", 100), (read.Name, read.GetProcess("client").HandleCount));
        Assert.Equal([FilePath], Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public void Canceled_writing_leaves_the_old_file_and_no_other()
    {
        SessionFileWriter.WriteFile(FilePath, new HandleSession("first"));
        byte[] before = File.ReadAllBytes(FilePath);
        Assert.Throws<OperationCanceledException>(() =>
            SessionFileWriter.WriteFile(FilePath, World.Holding(100).Session, cancellationToken: new CancellationToken(canceled: true)));
        Assert.Equal(before, File.ReadAllBytes(FilePath));
        Assert.Equal([FilePath], Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public void Writing_that_fails_midway_leaves_the_old_file_and_no_other()
    {
        SessionFileWriter.WriteFile(FilePath, new HandleSession("first"));
        byte[] before = File.ReadAllBytes(FilePath);
        Assert.Throws<IOException>(() => AtomicFile.Write(FilePath, overwrite: true, stream =>
        {
            SessionFileWriter.Write(stream, World.Holding(20_000).Session);
            throw new IOException("The disk is full.");
        }));
        Assert.Equal(before, File.ReadAllBytes(FilePath));
        Assert.Equal([FilePath], Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public void Writing_into_a_missing_folder_leaves_nothing()
    {
        Assert.ThrowsAny<IOException>(() => SessionFileWriter.WriteFile(Path.Combine(_directory, "none", "s.json"), new HandleSession()));
        Assert.Empty(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public void A_session_file_has_the_session_at_one_moment()
    {
        World world = new();
        HandleProcess last = world.Session.CreateProcess("last", id: 6000);
        int processes = world.Session.Processes;
        using MemoryStream file = new();
        Actor export = new(() => SessionFileWriter.Write(file, world.Session));
        Actor add = new(() => world.Session.CreateProcess("new").AddReference(world.NewNode()));

        // The export has begun, and waits for the last table.
        last.Table.Lock.EnterToRead();
        export.Start();
        export.WaitUntilItWaits();
        add.Start();
        add.WaitUntilItWaits();
        last.Table.Lock.Exit();
        export.Finish();
        add.Finish();

        file.Position = 0;
        Assert.Equal(processes, SessionFileReader.Read(file, "s.json").Processes);
        Assert.Equal(processes + 1, world.Session.Processes);
    }

    [Fact]
    public void Readers_and_writers_need_a_stream_a_session_and_a_path()
    {
        HandleSession session = new();
        Assert.Throws<ArgumentNullException>("stream", () => SessionFileReader.Read(null!, "s.json"));
        Assert.Throws<ArgumentException>("path", () => SessionFileReader.Read(new MemoryStream(), ""));
        Assert.Throws<ArgumentException>("path", () => SessionFileWriter.WriteFile("", session));
        Assert.Throws<ArgumentNullException>("session", () => SessionFileWriter.WriteFile(Path.Combine(_directory, "s.json"), null!));
        Assert.Throws<ArgumentNullException>("stream", () => SessionFileWriter.Write(null!, session));
        Assert.Throws<ArgumentNullException>("session", () => SessionFileWriter.Write(new MemoryStream(), null!));
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public void Reading_a_session_file_can_be_canceled() =>
        Assert.Throws<OperationCanceledException>(() =>
            SessionFileReader.Read(new MemoryStream("{}"u8.ToArray()), "s.json", new CancellationToken(canceled: true)));

    [Fact]
    public void A_large_session_survives_streams_that_return_few_bytes_at_a_time()
    {
        World world = World.Holding(20_000);
        using MemoryStream written = new();
        SessionFileWriter.Write(written, world.Session);
        HandleSession read = SessionFileReader.Read(new TrickleStream(written.ToArray()), "s.json");
        Assert.Equal(Observed.State(world.Session), Observed.State(read));
        Observed.IsConsistent(read);
    }

    [Fact]
    public async Task A_session_file_written_during_operations_is_consistent()
    {
        World world = World.Holding(200);
        Task others = Task.WhenAll(Task.Run(() => Churn(world)), Task.Run(() => Churn(world)));
        do
        {
            HandleSession read = SessionText.Read(SessionText.Of(world.Session));
            Assert.True(read.GetProcess("manager").IsManager);
        }
        while (!others.IsCompleted);
        await others;
    }

    /// <summary>Creates processes with nodes and references, and lets them exit.</summary>
    private static void Churn(World world)
    {
        for (int i = 0; i < 1000; i++)
        {
            HandleProcess process = world.Session.CreateProcess();
            HandleNode node = world.Session.CreateNode(process);
            int handle = world.Client.AddReference(node).Handle;
            process.AddReference(world.NewNode());
            process.Resize(ResizeDirection.Grow);
            world.Session.ExitProcess(process);
            world.Client.DropReference(handle);
        }
    }

    /// <summary>A stream that gives seven bytes at a time.</summary>
    private sealed class TrickleStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(7, count));
    }
}
