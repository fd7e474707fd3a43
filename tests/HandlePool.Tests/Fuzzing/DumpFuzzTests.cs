using System.IO.Compression;
using System.Text;
using HandlePool.Dumps;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Fuzzing;

/// <summary>Reads dumps with any content: each is read consistently or refused.</summary>
public class DumpFuzzTests
{
    private const int MaxCapacity = 1 << 16;

    private static readonly Mutator Text = new(Corpus(),
    [
        "binder state:\n", "binder proc state:\n", "dead nodes:\n", "proc ", "context ", "node ", "ref ", " ref 7: desc 1 node 2 s 1 w 1", "desc ", "dead ", " s ", " w ", " d ",
        "------ BINDER STATE (/dev/binderfs/binder_logs/state) ------\n", "------ PROCESSES (ps -A) ------\n", "USER PID NAME\n", "== dumpstate: 2026-11-20 10:11:12\n",
        "thread 1: l 12", "(null)", "hs ", "pri ", ": u0000000000000000 c0000000000000000", "hwbinder\n", "#",
    ]);

    private static readonly Mutator Files = new([.. Corpus().SelectMany(text => new[] { Gzip(text), Zip(text), Gzip(Zip(text)), Zip(Gzip(text)) })], ["PK\u0003\u0004", "PK\u0001\u0002", "PK\u0005\u0006"]);

    [Fact]
    public void Any_text_is_read_as_a_dump_or_refused() => FuzzRun.Try(92_000, Text.Next, text => Check(text, text));

    [Fact]
    public void Any_UTF_16_text_is_read_as_a_dump_or_refused() => FuzzRun.Try(4_000,
        random =>
        {
            Encoding encoding = random.Next(2) == 0 ? Encoding.Unicode : Encoding.BigEndianUnicode;
            byte[] text = [.. encoding.GetPreamble(), .. encoding.GetBytes(Encoding.UTF8.GetString(Text.Next(random)))];
            return random.Next(2) == 0 ? text : text[..random.Next(text.Length + 1)];
        },
        text => Check(text, text));

    [Fact]
    public void Any_text_in_an_archive_is_read_as_a_dump_or_refused() => FuzzRun.Try(2_000,
        random =>
        {
            byte[] text = Text.Next(random);
            return random.Next(3) switch { 0 => Gzip(text), 1 => Zip(text), _ => Zip(Gzip(text)) };
        },
        file => Check(file, new byte[1 << 16]));

    [Fact]
    public void Any_archive_is_read_for_dumps_or_refused() => FuzzRun.Try(4_000, Files.Next, file => Check(file, new byte[1 << 16]));

    /// <param name="file">The file.</param>
    /// <param name="text">The text in it, or more.</param>
    private static void Check(byte[] file, byte[] text)
    {
        DumpReaderOptions options = new()
        {
            Session = new HandleSessionOptions { Allocator = (HandleAllocator)(file.Length % 5), MaxCapacity = file.Length % 2 == 0 ? MaxCapacity : 100 },
            MaxDecompressedSize = 1 << 16,
        };
        IReadOnlyList<ImportedDump> results;
        try
        {
            results = FuzzRun.Bounded(text, () => DumpSource.ReadBytes(file, options));
        }
        catch (HandleException exception) when (exception.ErrorId == HandleErrorIds.DumpFormat)
        {
            return;
        }

        foreach (ImportedDump result in results)
        {
            FuzzRun.FitsTogether(result.Session);
            if (file.Length % 3 == 0)
                CheckWritten(result.Session, options, file.Length % 2 == 0 ? DumpForm.Rust : DumpForm.C);
        }
    }

    /// <summary>Asserts that a session can be written and read again, unless no dump can express it.</summary>
    private static void CheckWritten(HandleSession session, DumpReaderOptions options, DumpForm form)
    {
        using MemoryStream written = new();
        try
        {
            DumpWriter.Write(written, session, form);
        }
        catch (HandleException exception) when (exception.ErrorId == HandleErrorIds.DumpFormat)
        {
            return;
        }

        Assert.Equal(session.Describe(), Assert.Single(DumpSource.ReadBytes(written.ToArray(), options)).Session.Describe());
    }

    /// <summary>Gets parts of the data files, and small sessions in the form of each driver.</summary>
    private static byte[][] Corpus()
    {
        const int Lines = 25;
        List<byte[]> corpus = [];
        foreach (string name in new[] { "state-pixel.txt", "state-rust.txt", "proc-1754.txt" })
        {
            string[][] parts = [.. File.ReadAllLines(DumpSource.DataFile(name)).Chunk(Lines)];
            corpus.AddRange(parts.Where((_, index) => index % 3 == 0)
                .Select((part, index) => Encoding.UTF8.GetBytes((index == 0 ? "" : "binder state:\nproc 7\n") + string.Join('\n', part) + "\n")));
        }

        foreach (HandleSession session in SmallSessions.All())
        {
            foreach (DumpForm form in Enum.GetValues<DumpForm>())
            {
                using MemoryStream written = new();
                DumpWriter.Write(written, session, form);
                corpus.Add(written.ToArray());
            }
        }

        corpus.Add("""
            == dumpstate: 2026-11-20 10:11:12
            ------ PROCESSES (ps -A) ------
            USER PID PPID VSZ RSS WCHAN ADDR S NAME
            root 17 1 1 1 0 0 S com.example.app
            ------ BINDER STATE (/dev/binderfs/binder_logs/state) ------
            binder state:
            dead nodes:
              node 9: u00000000efdb9050 c00000000f0614870 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 17
            proc 17
            context binder
              node 5: u0000000000000000 c0000000000000000 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 18
              ref 6: desc 0 node 5 s 1 w 1 ref 7: desc 1 dead node 9 s 1 w 1
            proc 18 (name)
            context hwbinder
              ref 8: desc 70 node 5 s 1 w 1 d 0000000000000000
            ------ OTHER ------

            """u8.ToArray());
        return [.. corpus];
    }

    private static byte[] Gzip(byte[] text)
    {
        using MemoryStream file = new();
        using (GZipStream gzip = new(file, CompressionLevel.Fastest))
            gzip.Write(text);
        return file.ToArray();
    }

    private static byte[] Zip(byte[] text)
    {
        using MemoryStream file = new();
        using (ZipArchive archive = new(file, ZipArchiveMode.Create))
        {
            foreach (string name in new[] { "note.txt", "FS/state.txt" })
            {
                ZipArchiveEntry entry = archive.CreateEntry(name, CompressionLevel.Fastest);
                entry.LastWriteTime = new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);
                using Stream content = entry.Open();
                content.Write(name == "note.txt" ? "nothing\n"u8 : text);
            }
        }

        return file.ToArray();
    }
}
