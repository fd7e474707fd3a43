using System.Text;
using HandlePool.Dumps;
using HandlePool.Tests.Fuzzing;

namespace HandlePool.Tests.Dumps;

/// <summary>Reads long texts, of which another thread reads and parses blocks ahead.</summary>
public class LinesAheadTests
{
    private const int Seed = 20_261_127;

    // Nodes and references in turn, with lines of other kinds among them: each may be at the end or at the beginning of a block.
    private static readonly string[] Lines =
    [
        "binder state:",
        "proc 7", "context binder", "  thread 7: l 12 need_return 0 tr 0",
        .. Enumerable.Range(1, 12).Select(id => Node(id, $"{8 + (id % 3)}{(id % 4 == 0 ? " 10 11" : "")}")),
        Node(13, "8", counts: "hs 0 hw 1 ls 2 lw 0 is 1 iw 1 tr 0"),
        .. Enumerable.Range(1, 12).Select(index => Reference(index, 100 + index)),
        "proc 8", "context binder", "  thread 8: l 12 need_return 0 tr 0",
        .. Enumerable.Range(1, 6).Select(index => Node(100 + index, "7")),
        "    node work 101: u0000000000000065 c0000000000000065", "  has dead binder",
        .. Enumerable.Range(1, 13).Select(index => Reference(index, index)),
        "proc 9", "context hwbinder", Reference(1, 3), Reference(1, 4), Reference(2, 3),
        .. Enumerable.Range(7, 6).Select(index => Node(100 + index, "7")),
    ];

    public static TheoryData<int> BlockSizes => [100, 256, 1000];

    [Theory]
    [MemberData(nameof(BlockSizes))]
    public void A_long_dump_is_read_as_its_lines_are(int blockSize) => HoldAhead(Join(Lines), blockSize);

    [Theory]
    [MemberData(nameof(BlockSizes))]
    public void A_damaged_line_is_the_same_problem_wherever_a_block_ends(int blockSize)
    {
        for (int damaged = 4; damaged < Lines.Length; damaged++)
        {
            string[] lines = [.. Lines];
            lines[damaged] = lines[damaged][..(lines[damaged].Length * 2 / 3)] + "?";
            HoldAhead(Join(lines), blockSize);
        }
    }

    [Theory]
    [MemberData(nameof(BlockSizes))]
    public void A_long_dump_may_end_anywhere(int blockSize)
    {
        byte[] text = Join(Lines);
        for (int length = 20; length < text.Length; length += 7)
        {
            DumpLineReader.LineKind[] expected = [.. ReadLines(text[..length], int.MaxValue, blockSize).Select(each => each.Kind)];

            Assert.Equal(expected, ReadLines(text[..length], 20, blockSize).Select(each => each.Kind));
        }
    }

    [Theory]
    [InlineData(1 << 13)]
    [InlineData(LinesAhead.UsualBlockSize)]
    public void Lines_of_any_length_are_read_ahead_as_they_are_one_by_one(int blockSize)
    {
        Random random = new(Seed);
        for (int run = 0; run < 8; run++)
        {
            StringBuilder text = new("first\n");
            for (int line = 0; line < 60; line++)
            {
                // Some are longer than a block, and a few longer than any line of a dump.
                int length = random.Next(20) switch { 0 => random.Next(1 << 18), 1 when run % 4 == 0 => random.Next(5 << 19), 2 => 0, _ => random.Next(200) };
                text.Append('x', length).Append(random.Next(6) switch { 0 => "\r\n", 1 => " ref 7: desc 1 node 2 s 1 w 1", _ => "\n" });
            }

            byte[] bytes = Encoding.ASCII.GetBytes(text.ToString());

            Assert.Equal(ReadLines(bytes, int.MaxValue, blockSize), ReadLines(bytes, 3 + random.Next(5_000), blockSize));
        }
    }

    [Fact]
    public void The_end_of_a_block_needs_no_line()
    {
        byte[] text = Encoding.ASCII.GetBytes("binder state:\nproc 7\n" + string.Concat(Enumerable.Repeat(new string('x', 63) + '\n', 40)));

        Assert.Equal(42, ReadLines(text, 3, 64).Length);
    }

    [Fact]
    public void UTF_16_is_read_ahead_as_UTF_8_is()
    {
        byte[] text = [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(Encoding.ASCII.GetString(Join(Lines)))];

        Assert.Equal(ReadLines(Join(Lines), int.MaxValue, 256), ReadLines(text, 30, 256));
    }

    [Fact]
    public void What_is_read_before_a_stream_fails_is_kept()
    {
        byte[] whole = Join([.. Lines.Take(4), .. Enumerable.Range(1, 60_000).Select(index => Reference(index, 1_000 + index))]);
        byte[] text = [.. whole, .. "  ref 3: desc 70000 node"u8];

        ImportedDump dump = Assert.Single(DumpReader.Read(new TrickleStream(text, 50_000, new IOException("The disk is gone.")), DumpSource.Name));

        Assert.Contains("The disk is gone.", Assert.Single(dump.Problems).Message, StringComparison.Ordinal);
        Assert.Equal(60_000, Assert.Single(dump.Session.GetProcesses()).GetReferences().Length);
        HandleFinding cut = Assert.Single(dump.Session.Findings, finding => finding.Kind == HandleFindingKind.Truncated);
        Assert.Equal(60_004, cut.Line);
    }

    [Fact]
    public void A_stream_that_cannot_be_read_ahead_for_another_reason_throws_it()
    {
        byte[] text = Join([.. Lines.Take(4), .. Enumerable.Range(1, 60_000).Select(index => Reference(index, 1_000 + index))]);

        Assert.Throws<InvalidOperationException>(() => DumpReader.Read(new TrickleStream(text, 50_000, new InvalidOperationException()), DumpSource.Name));
    }

    [Fact]
    public void Reading_ahead_that_is_canceled_is_over()
    {
        using CancellationTokenSource source = new();
        using TrickleStream stream = new(new byte[100_000], 50, failure: null);
        using (LinesAhead ahead = new(stream, [], 64, parses: true, source.Token))
        {
            Assert.NotNull(ahead.Take(source.Token));
            source.Cancel();

            Assert.ThrowsAny<OperationCanceledException>(() => ahead.Take(source.Token));
        }

        stream.Dispose();
        Assert.False(stream.WasReadAfterwards);
    }

    [Fact]
    public void Reading_ahead_ends_with_the_reader()
    {
        using TrickleStream stream = new(Join([.. Enumerable.Repeat("x", 50_000)]), 50, failure: null);
        using (DumpLineReader lines = new(stream, CancellationToken.None, readAtOnce: 3, blockSize: 64))
        {
            while (lines.Line < 100)
                Assert.True(lines.TryRead(out _, out _));
        }

        stream.Dispose();

        Assert.False(stream.WasReadAfterwards);
    }

    /// <summary>Asserts that a text of which another thread reads blocks is read as its lines are one by one.</summary>
    internal static void HoldAhead(byte[] text, int blockSize, DumpReaderOptions? options = null) =>
        Assert.Equal(DumpFuzzTests.DescribeLines(text, options), DescribeAhead(text, blockSize, options));

    private static string[] DescribeAhead(byte[] text, int blockSize, DumpReaderOptions? options)
    {
        IncrementalDumpReader reader = new(DumpSource.Name, options);
        using TrickleStream stream = new(text, 20, failure: null);
        using DumpLineReader lines = new(stream, CancellationToken.None, readAtOnce: 20, blockSize);
        DumpUnpacker.AddLines(lines, reader);
        return DumpFuzzTests.Describe(reader);
    }

    private static (string Text, DumpLineReader.LineKind Kind, long Number, long Offset)[] ReadLines(byte[] text, int readAtOnce, int blockSize)
    {
        using TrickleStream stream = new(text, 5_000, failure: null);
        using DumpLineReader lines = new(stream, CancellationToken.None, readAtOnce, blockSize);
        List<(string, DumpLineReader.LineKind, long, long)> read = [];
        while (lines.TryRead(out ReadOnlySpan<byte> line, out DumpLineReader.LineKind kind))
            read.Add((Encoding.ASCII.GetString(line), kind, lines.Line, lines.Offset));
        return [.. read];
    }

    private static byte[] Join(string[] lines) => Encoding.ASCII.GetBytes(string.Concat(lines.Select(line => line + '\n')));

    private static string Node(int id, string holders, string counts = "hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0") =>
        FormattableString.Invariant($"  node {id}: u{id:x16} c{id:x16} pri 0:139 {counts} proc {holders}");

    private static string Reference(int handle, int node) =>
        FormattableString.Invariant($"  ref {1_000 + node}: desc {handle} node {node} s 1 w 1 d {(node % 2 == 0 ? 0 : node):x16}");

    /// <summary>Gives a few bytes at a time, and may fail once at the end.</summary>
    private sealed class TrickleStream(byte[] text, int most, Exception? failure) : MemoryStream(text)
    {
        private Exception? _failure = failure;
        private bool _isDisposed;

        internal bool WasReadAfterwards { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            WasReadAfterwards |= _isDisposed;
            if (Position < Length || _failure is not { } thrown)
                return base.Read(buffer, offset, Math.Min(count, most));
            _failure = null;
            throw thrown;
        }

        protected override void Dispose(bool disposing)
        {
            _isDisposed = true;
            base.Dispose(disposing);
        }
    }
}
