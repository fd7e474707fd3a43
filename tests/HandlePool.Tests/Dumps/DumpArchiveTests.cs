using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using HandlePool.Dumps;
using HandlePool.IO;

namespace HandlePool.Tests.Dumps;

public class DumpArchiveTests
{
    private const string Text = "binder state:\nproc 5\ncontext binder\n  ref 9: desc 3 dead node 7 s 1 w 1 d 0\n";

    [Fact]
    public void A_gzip_file_is_read_under_any_name()
    {
        ImportedDump result = Assert.Single(DumpSource.ReadBytes(Gzip(Text))).Clean();

        Assert.Equal(1, result.Session.GetProcess(5).HandleCount);
    }

    [Fact]
    public void A_gzip_file_of_several_members_is_read_to_its_end()
    {
        byte[] bytes = [.. Gzip(Text), .. Gzip("proc 6\n"), .. Gzip("proc 7\n")];

        Assert.Equal(3, Assert.Single(DumpSource.ReadBytes(bytes)).Clean().Session.Processes);
    }

    [Fact]
    public void Trailing_bytes_after_a_gzip_member_are_ignored()
    {
        Assert.Equal(1, Assert.Single(DumpSource.ReadBytes([.. Gzip(Text), 0, 0, 0, 0])).Clean().Session.Processes);
    }

    [Fact]
    public void A_gzip_file_truncated_anywhere_is_reported()
    {
        byte[] whole = [.. Gzip(File.ReadAllText(DumpSource.DataFile("state-rust.txt"))), .. Gzip("# the end\n")];
        for (int length = 2; length < whole.Length; length += length < 30 || length > whole.Length - 60 ? 1 : 17)
            AssertDamaged(whole[..length], mayBeWhole: length == Gzip(File.ReadAllText(DumpSource.DataFile("state-rust.txt"))).Length);
    }

    [Fact]
    public void A_gzip_file_with_a_wrong_checksum_is_damaged()
    {
        byte[] bytes = Gzip(Text + string.Concat(Enumerable.Repeat("# nothing\n", 1_000)));
        bytes[^6] ^= 1;

        ImportedDump result = Assert.Single(DumpSource.ReadBytes(bytes));

        Assert.Contains("damaged", Assert.Single(result.Problems).Message, StringComparison.Ordinal);
        Assert.Equal(1, result.Session.GetProcess(5).HandleCount);
        Assert.Equal(HandleFindingKind.Truncated, Assert.Single(result.Session.Findings).Kind);
    }

    [Theory]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Ustar)]
    public void A_tar_archive_is_named_as_one_bare_or_in_gzip(TarEntryFormat format)
    {
        byte[] tar = Tar(format, ("binder_logs/state", Text), ("binder_logs/proc/6", "binder proc state:\nproc 6\ncontext binder\n"));

        foreach (byte[] file in new[] { tar, Gzip(tar) })
        {
            HandleException thrown = Assert.Throws<HandleException>(() => DumpSource.ReadBytes(file));
            Assert.Contains("this is a tar archive, which is not read. Unpack it with 'tar -xf'", thrown.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_zip_archive_of_only_another_archive_says_so()
    {
        byte[] zip = Zip(("state", Encoding.UTF8.GetBytes(Text)));
        byte[] tar = Tar(TarEntryFormat.Pax, ("state", Text));

        foreach (byte[] inner in new[] { zip, tar, Gzip(tar) })
        {
            HandleException thrown = Assert.Throws<HandleException>(() => DumpSource.ReadBytes(Zip(("a/inner", inner), ("notes", [0]))));
            Assert.EndsWith("no binder dump in its 2 entries, but another archive: 'a/inner'. Unpack this one first.", thrown.Message, StringComparison.Ordinal);
        }

        ImportedDump beside = Assert.Single(DumpSource.ReadBytes(Zip(("a/inner", zip), ("state", Encoding.UTF8.GetBytes(Text)))));
        Assert.Equal("'a/inner' in this zip archive is an archive, which is not read. Unpack it to read what it has.", Assert.Single(beside.Problems).Message);
        Assert.Equal(1, beside.Session.Processes);
    }

    [Theory]
    [InlineData("state-20261125-100000", "state-20261125-101000", "stats-20261125-100000", "stats-20261125-101007")]
    [InlineData("stats-20261125-101007", "stats-20261125-100000", "state-20261125-100000", "state-20261125-101000")]
    [InlineData("20261125-100000/state", "20261125-101000/state", "20261125-100000/stats", "20261125-101000/stats")]
    [InlineData("state-20261125-100000", "stats-20261125-101000", "state-20261125-101000", "stats-20261125-100000")]
    public void Entries_of_an_archive_are_paired_by_the_times_in_their_names(params string[] entries)
    {
        byte[] archive = Zip([.. entries.Select(entry =>
        {
            int held = entry.Contains("-1010", StringComparison.Ordinal) ? 2 : 1;
            string context = "proc 6\ncontext binder\n";
            string text = entry.Contains("stats", StringComparison.Ordinal)
                ? $"binder stats:\n{context}  refs: {held} s {held} w {held}\n"
                : "binder state:\nproc 5\ncontext binder\n" + string.Concat(Enumerable.Range(1, held).Select(node => $"  node {node}: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 6\n"))
                    + context + string.Concat(Enumerable.Range(1, held).Select(node => $"  ref {node + 9}: desc {node} node {node} s 1 w 1 d 0\n"));
            return (entry, Encoding.UTF8.GetBytes(text));
        })]);

        IReadOnlyList<ImportedDump> results = DumpSource.ReadBytes(archive);

        Assert.Equal(2, results.Count);
        Assert.All(results, result =>
        {
            HandleProcess holder = result.Clean().Session.GetProcess(6);
            Assert.Equal(result.Session.Name.Contains("1010", StringComparison.Ordinal) ? 2 : 1, holder.HandleCount);
            Assert.Equal(holder.HandleCount, result.Session.Statistics!.Processes.Single().Handles);
        });
    }

    [Fact]
    public void Statistics_of_another_time_than_an_archived_state_are_a_session_of_their_own()
    {
        IReadOnlyList<ImportedDump> results = DumpSource.ReadBytes(Zip(
            ("state-20261125-100000", Encoding.UTF8.GetBytes(Text)),
            ("stats-20261125-101000", "binder stats:\nproc 5\ncontext binder\n  refs: 99 s 99 w 99\n"u8.ToArray())));

        Assert.Equal([HandleSourceKind.State, HandleSourceKind.Statistics], results.Select(result => Assert.Single(result.Session.Sources).Kind));
        Assert.Equal(99, results[1].Session.GetProcess(5).HandleCount);
    }

    [Fact]
    public void Damage_anywhere_in_an_archive_is_a_dump_error()
    {
        byte[][] files = [Gzip(Text), Zip(("a/state.txt", Encoding.UTF8.GetBytes(Text)), ("b", Gzip(Text)))];
        foreach (byte[] file in files)
        {
            for (int seed = 0; seed < 400; seed++)
            {
                Random random = new(seed);
                byte[] damaged = [.. file];
                for (int i = 0; i < 3; i++)
                    damaged[random.Next(4, damaged.Length)] = (byte)random.Next(256);
                try
                {
                    DumpSource.ReadBytes(damaged);
                }
                catch (HandleException exception)
                {
                    Assert.Equal(HandleErrorIds.DumpFormat, exception.ErrorId);
                }
            }
        }
    }

    [Fact]
    public void The_dumps_in_an_archive_are_found_by_content()
    {
        byte[] archive = Zip(
            ("version.txt", "1.0\n"u8.ToArray()), ("screen.png", [0x89, 0x50, 0, 0, .. Encoding.UTF8.GetBytes("\n" + Text)]), ("log", "proc 9\nproc 8 x\n"u8.ToArray()[7..]),
            ("a/bugreport.txt", Encoding.UTF8.GetBytes("noise\nproc 77\n" + Text)), ("b/state.gz", Gzip(Text)), ("empty", []));

        IReadOnlyList<ImportedDump> results = DumpSource.ReadBytes(archive);

        Assert.Equal(["state.txt!log", "state.txt!a/bugreport.txt", "state.txt!b/state.gz"], results.Select(result => result.Path));
        Assert.Equal(["state.txt!log", "state.txt!bugreport.txt", "state.txt!state.gz"], results.Select(result => result.Session.Name));
        Assert.Equal([5], results[1].Clean().Session.GetProcesses().Select(process => process.Id));
    }

    [Fact]
    public void Entries_of_one_name_are_told_apart_by_their_folders()
    {
        byte[] text = Encoding.UTF8.GetBytes(Text);
        byte[] archive = Zip(("20261125-100000/state", text), ("20261125-101000/binder_logs/state", text), ("other", text));

        IReadOnlyList<ImportedDump> results = DumpSource.ReadBytes(archive);

        Assert.Equal(["state.txt!20261125-100000/state", "state.txt!20261125-101000/binder_logs/state", "state.txt!other"],
            results.Select(result => result.Session.Name));
        Assert.Equal([10 * 60, (10 * 60) + 10, null], results.Select(result => (int?)result.Session.Time?.TimeOfDay.TotalMinutes));
    }

    [Fact]
    public void An_archive_without_a_dump_is_refused_with_its_entry_count()
    {
        HandleException error = Assert.Throws<HandleException>(() => DumpSource.ReadBytes(Zip(("a", "x\n"u8.ToArray()), ("b", [0, 1]), ("c/", []))));

        Assert.Contains("2 entries", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_archive_in_a_stream_that_cannot_seek_is_read()
    {
        using PipeStream pipe = new(Zip(("state", Encoding.UTF8.GetBytes(Text))));

        Assert.Equal(1, Assert.Single(DumpReader.Read(pipe, "-")).Session.Processes);
    }

    [Fact]
    public void An_archive_without_its_end_is_damaged()
    {
        byte[] archive = Zip(("state", Encoding.UTF8.GetBytes(Text)));

        HandleException error = Assert.Throws<HandleException>(() => DumpSource.ReadBytes(archive[..(archive.Length / 2)]));

        Assert.Contains("compressed data is damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_archive_entry_with_a_wrong_checksum_is_read_but_reported()
    {
        byte[] archive = Zip(("state", Encoding.UTF8.GetBytes(Text)));
        int directory = archive.AsSpan().LastIndexOf("PK\x01\x02"u8);
        archive[directory + 16] ^= 1;

        ImportedDump result = Assert.Single(DumpSource.ReadBytes(archive));

        Assert.Contains("damaged", Assert.Single(result.Problems).Message, StringComparison.Ordinal);
        Assert.Equal(1, result.Session.GetProcess(5).HandleCount);
    }

    [Fact]
    public void Encrypted_archive_entries_are_reported()
    {
        byte[] archive = Zip(("state", Encoding.UTF8.GetBytes(Text)));
        archive[archive.AsSpan().LastIndexOf("PK\x01\x02"u8) + 8] |= 1;

        HandleException error = Assert.Throws<HandleException>(() => DumpSource.ReadBytes(archive));

        Assert.Contains("encrypted", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decompression_stops_at_the_limit()
    {
        string text = Text + string.Concat(Enumerable.Repeat("# nothing\n", 100_000));
        byte[][] bombs = [Gzip(text), Zip(("state", Encoding.UTF8.GetBytes(text))), Zip(("state", Gzip(text)))];
        foreach (byte[] bomb in bombs)
        {
            ImportedDump result = Assert.Single(DumpSource.ReadBytes(bomb, new DumpReaderOptions { MaxDecompressedSize = 50_000 }));

            Assert.Contains(result.Problems, problem => problem.Message.Contains("50000", StringComparison.Ordinal)
                && problem.Message.Contains("raise MaxDecompressedSize", StringComparison.Ordinal));
            Assert.Equal(1, result.Session.GetProcess(5).HandleCount);
            Assert.Contains(result.Session.Findings, finding => finding.Kind == HandleFindingKind.Truncated);
        }
    }

    [Fact]
    public void Archive_checksums_match_the_standard()
    {
        Assert.Equal(0xCBF43926u, Crc32.Append(0, "123456789"u8));
        Assert.Equal(0xCBF43926u, Crc32.Append(Crc32.Append(0, "1234"u8), "56789"u8));
    }

    private static void AssertDamaged(byte[] bytes, bool mayBeWhole)
    {
        try
        {
            ImportedDump result = Assert.Single(DumpSource.ReadBytes(bytes));
            Assert.True(mayBeWhole || result.Problems.Any(problem => problem.Message.Contains("cut off", StringComparison.Ordinal)), $"{bytes.Length}");
            Assert.True(mayBeWhole || result.Session.Findings.Any(finding => finding.Kind == HandleFindingKind.Truncated), $"{bytes.Length}");
        }
        catch (HandleException exception)
        {
            Assert.Contains("damaged", exception.Message, StringComparison.Ordinal);
        }
    }

    private static byte[] Gzip(string text) => Gzip(Encoding.UTF8.GetBytes(text));

    private static byte[] Gzip(byte[] content)
    {
        using MemoryStream stream = new();
        using (GZipStream gzip = new(stream, CompressionLevel.Optimal))
            gzip.Write(content);
        return stream.ToArray();
    }

    private static byte[] Tar(TarEntryFormat format, params (string Name, string Text)[] entries)
    {
        using MemoryStream stream = new();
        using (TarWriter archive = new(stream, format))
        {
            foreach ((string name, string text) in entries)
            {
                TarEntry entry = format switch
                {
                    TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, name),
                    TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, name),
                    _ => new UstarTarEntry(TarEntryType.RegularFile, name),
                };
                entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text));
                archive.WriteEntry(entry);
            }
        }

        return stream.ToArray();
    }

    private static byte[] Zip(params (string Name, byte[] Content)[] entries)
    {
        using MemoryStream stream = new();
        using (ZipArchive archive = new(stream, ZipArchiveMode.Create))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream entry = archive.CreateEntry(name).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }

    private sealed class PipeStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
