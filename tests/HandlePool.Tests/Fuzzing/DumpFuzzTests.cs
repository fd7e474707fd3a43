using System.IO.Compression;
using System.Text;
using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Reports;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Fuzzing;

/// <summary>Reads dumps with any content: each is read consistently or refused.</summary>
public class DumpFuzzTests(ITestOutputHelper output)
{
    private const int MaxCapacity = 1 << 16;

    // What a text is is not looked for in the lines behind it.
    private static readonly byte[] LongSection = Encoding.UTF8.GetBytes("------ UPTIME (uptime) ------\n" + string.Concat(Enumerable.Repeat("up\n", 200)));

    private static readonly HandleAllocator[] Allocators = Enum.GetValues<HandleAllocator>();

    private static readonly Mutator Text = new(Corpus(),
    [
        "binder state:\n", "binder proc state:\n", "dead nodes:\n", "proc ", "context ", "node ", "ref ", " ref 7: desc 1 node 2 s 1 w 1", "desc ", "dead ", " s ", " w ", " d ",
        "------ BINDER STATE (/dev/binderfs/binder_logs/state) ------\n", "------ PROCESSES (ps -A) ------\n", "USER PID NAME\n", "== dumpstate: 2026-11-20 10:11:12\n",
        "thread 1: l 12", "(null)", "hs ", "pri ", ": u0000000000000000 c0000000000000000", "hwbinder\n", "#",
    ]);

    private static readonly Mutator Reports = new([.. Directory.GetFiles(DumpSource.DataFile("cases"), "*.txt").Select(File.ReadAllBytes).Where(text => text.Length < 2_000), .. Report()],
    [
        "------ BINDER STATE (/dev/binderfs/binder_logs/state) ------\n", "------ BINDER STATS (/sys/kernel/debug/binder/stats) ------\n", "------ BINDER PROC STATE (/d/binder/proc/7) ------\n",
        "------ BINDER TRANSACTIONS (/d/binder/transactions) ------\n", "------ PROCESSES (ps -A) ------\n", "------ PROCESSES AND THREADS (ps -A -T) ------\n", "USER PID NAME\n", "binder stats:\n",
        "== dumpstate: 2026-11-20 10:11:12\n", "========================================================\n", "Build fingerprint: 'a/b/c:16/d/1:user/keys'\n", "Uptime: up 1 days\n", "proc 7\n", "context binder\n",
        "  refs: 3 s 3 w 3\n", "  nodes: 2\n", "  BC_INCREFS: 4\n", "*** /d/binder/proc/7: Permission denied\n", "cat: /d/binder/state: No such file\n", "> ", "\r\n", "binder transaction log:\n",
    ]);

    private static readonly Mutator Files = new([.. Corpus().SelectMany(text => new[] { Gzip(text), Zip(text), Gzip(Zip(text)), Zip(Gzip(text)) })], ["PK\u0003\u0004", "PK\u0001\u0002", "PK\u0005\u0006"]);

    [Fact]
    public void Any_text_is_read_as_a_dump_or_refused() => FuzzRun.Try(72_000, Text, CheckText, output);

    [Fact]
    public void Any_text_is_read_as_a_bug_report_and_judged_or_refused() => FuzzRun.Try(20_000, Reports, CheckReport, output);

    [Fact]
    public void Any_UTF_16_text_is_read_as_a_dump_or_refused() => FuzzRun.Try(4_000, Text, CheckUtf16, output);

    [Fact]
    public void Any_text_in_an_archive_is_read_as_a_dump_or_refused() => FuzzRun.Try(2_000, Text, CheckPacked, output);

    [Fact]
    public void Any_archive_is_read_for_dumps_or_refused() => FuzzRun.Try(4_000, Files, CheckFile, output);

    private static void CheckText(byte[] text)
    {
        IReadOnlyList<ImportedDump> results = Check(text, text);
        if (text is [not (0xFE or 0xFF), .., (byte)'\n'])
            CheckLines(text, results);
    }

    /// <summary>Asserts that lines that say nothing are passed over where they are many.</summary>
    private static void CheckLongReport(byte[] text) => CheckLines(text, Check(text, text));

    /// <summary>
    /// Asserts that the lines of a text are read one by one as they are all together, where usual ones take a shorter way, and as where another thread parses
    /// them.
    /// </summary>
    private static void CheckLines(byte[] text, IReadOnlyList<ImportedDump> expected)
    {
        DumpReaderOptions options = OptionsFor(text);
        Assert.Equal(expected.Select(DescribeAll), DescribeLines(text, options));

        // A thread for each text would take longer than all else.
        if (text.Length % 7 == 0)
            LinesAheadTests.HoldAhead(text, blockSize: 256 << (text.Length % 4), options);
    }

    /// <summary>Describes what is read from the lines of a text one by one; nothing if it is refused.</summary>
    internal static string[] DescribeLines(byte[] text, DumpReaderOptions? options)
    {
        IncrementalDumpReader reader = new(DumpSource.Name, options);
        reader.Add(text);
        return Describe(reader);
    }

    /// <summary>Describes what a reader has read; nothing if it is refused.</summary>
    internal static string[] Describe(IncrementalDumpReader reader)
    {
        try
        {
            return [.. reader.Finish().Select(DescribeAll)];
        }
        catch (HandleException exception) when (exception.ErrorId == HandleErrorIds.DumpFormat)
        {
            return [];
        }
    }

    private static string DescribeAll(ImportedDump result) => string.Join('\n', new object[] { result.Session.Describe() }
        .Concat(result.Session.GetEvidence().Select(fact => $"{fact.Kind} {fact.Source} {fact.Time:O} {fact.Pid} {fact.Uid} {fact.Name} {fact.Count} {fact.Text}"))
        .Concat(result.Session.Findings).Concat(result.Problems).Concat(result.UnknownLines).Concat(result.IgnoredTexts)
        .Append((result.ProblemCount, result.UnknownLineCount, result.IgnoredTextCount, result.Session.DumpForm)));

    private static void CheckReport(byte[] text)
    {
        if (text is [not (0xFE or 0xFF), .., (byte)'\n'])
            CheckLongReport([.. LongSection, .. text]);
        HandleSession[] sessions = [.. Check(text, text).Select(result => result.Session)];
        if (sessions.Length == 0)
            return;

        // A report judges and compares as well, and takes longer than all else.
        switch (text.Length % 3)
        {
            case 0:
                HandleReport.Write(Stream.Null, sessions);
                break;
            case 1:
                LeakFinder.Find(sessions);
                break;
            default:
                SessionComparison.Compare(sessions[0], sessions[^1]);
                break;
        }
    }

    private static void CheckUtf16(byte[] text)
    {
        Encoding encoding = text.Length % 2 == 0 ? Encoding.Unicode : Encoding.BigEndianUnicode;
        byte[] file = [.. encoding.GetPreamble(), .. encoding.GetBytes(Encoding.UTF8.GetString(text))];

        // One half is cut, some of it within a character.
        file = text.Length % 4 < 2 ? file : file[..(text.Length * 7 % (file.Length + 1))];
        Check(file, file);
    }

    private static void CheckPacked(byte[] text) => Check((text.Length % 3) switch { 0 => Gzip(text), 1 => Zip(text), _ => Zip(Gzip(text)) }, new byte[1 << 16]);

    private static void CheckFile(byte[] file) => Check(file, new byte[1 << 16]);

    /// <param name="file">The file.</param>
    /// <param name="text">The text in it, or more.</param>
    private static IReadOnlyList<ImportedDump> Check(byte[] file, byte[] text)
    {
        DumpReaderOptions options = OptionsFor(file);
        IReadOnlyList<ImportedDump> results;
        try
        {
            results = FuzzRun.Bounded(text, () => DumpSource.ReadBytes(file, options));
        }
        catch (HandleException exception) when (exception.ErrorId == HandleErrorIds.DumpFormat)
        {
            return [];
        }

        foreach (ImportedDump result in results)
        {
            FuzzRun.FitsTogether(result.Session);
            if (file.Length % 3 == 0)
                CheckWritten(result.Session, options, file.Length % 2 == 0 ? DumpForm.Rust : DumpForm.C);
        }

        return results;
    }

    private static DumpReaderOptions OptionsFor(byte[] file) => new()
    {
        Session = new HandleSessionOptions { Allocator = Allocators[file.Length % Allocators.Length], MaxCapacity = file.Length % 2 == 0 ? MaxCapacity : 100 },
        MaxDecompressedSize = 1 << 16,
    };

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

        Assert.Equal(session.Describe(asWritten: true), Assert.Single(DumpSource.ReadBytes(written.ToArray(), options)).Session.Describe());
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

        corpus.AddRange(Report());
        return [.. corpus];
    }

    /// <summary>Gets a bug report with a list of processes and a state.</summary>
    private static byte[][] Report() =>
    [
        """
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

            """u8.ToArray(),
    ];

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
