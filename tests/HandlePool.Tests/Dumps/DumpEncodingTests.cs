using System.Text;
using HandlePool.Dumps;

namespace HandlePool.Tests.Dumps;

public class DumpEncodingTests
{
    public static TheoryData<string> Files => ["state-pixel.txt", "state-rust.txt", "proc-1754.txt"];

    [Theory]
    [MemberData(nameof(Files))]
    public void Windows_line_endings_in_a_dump_change_nothing(string file) => AssertSame(file, text => Encoding.UTF8.GetBytes(Crlf(text)));

    [Theory]
    [MemberData(nameof(Files))]
    public void Line_ends_that_a_terminal_added_returns_to_change_nothing(string file) =>
        AssertSame(file, text => Encoding.UTF8.GetBytes(text.Replace("\n", "\r\r\n", StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Files))]
    public void A_byte_order_mark_in_a_dump_changes_nothing(string file) =>
        AssertSame(file, text => [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text)]);

    [Theory]
    [MemberData(nameof(Files))]
    public void UTF_16_with_a_byte_order_mark_is_read_like_UTF_8(string file)
    {
        AssertSame(file, text => [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(text)]);
        AssertSame(file, text => [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Crlf(text))]);
        AssertSame(file, text => [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(text)]);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_dump_without_indentation_is_read_like_an_indented_one(string file) => AssertSame(file, text => Indent(text, ""));

    [Theory]
    [MemberData(nameof(Files))]
    public void A_dump_indented_with_tabs_is_read_like_one_with_spaces(string file) => AssertSame(file, text => Indent(text, "\t"));

    [Theory]
    [MemberData(nameof(Files))]
    public void A_dump_with_any_indentation_is_read_the_same(string file) => AssertSame(file, text => Indent(text, "         \t "));

    [Theory]
    [MemberData(nameof(Files))]
    public void Trailing_blanks_in_a_dump_change_nothing(string file) =>
        AssertSame(file, text => Encoding.UTF8.GetBytes(text.Replace("\n", "  \t\n", StringComparison.Ordinal)));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(61)]
    public void A_dump_is_read_from_a_stream_that_returns_few_bytes_at_a_time(int atATime)
    {
        string text = File.ReadAllText(DumpSource.DataFile("state-rust.txt"));
        string expected = DumpSource.Read(text).Session.Describe();
        byte[][] encoded =
        [
            Encoding.UTF8.GetBytes(text),
            [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text)],
            [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(text)],
        ];
        foreach (byte[] bytes in encoded)
        {
            using TrickleStream stream = new(bytes, atATime);
            Assert.Equal(expected, Assert.Single(DumpReader.Read(stream, "state-rust.txt")).Clean().Session.Describe());
        }
    }

    [Fact]
    public void The_last_line_of_a_dump_needs_no_line_feed()
    {
        ImportedDump result = DumpSource.Read("binder state:\nproc 5\n  ref 9: desc 3 dead node 7 s 1 w 1 d 00000000c03e09a3");

        Assert.Equal((1, 0L), (result.Session.GetProcess(5).HandleCount, result.ProblemCount));
    }

    [Fact]
    public void A_UTF_16_file_that_ends_in_half_a_character_is_read_up_to_it()
    {
        byte[] bytes = [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("binder state:\nproc 5\nproc 6\n"), 0x70];

        Assert.Equal([5, 6], Assert.Single(DumpSource.ReadBytes(bytes)).Session.GetProcesses().Select(process => process.Id));
    }

    [Fact]
    public void A_name_that_is_not_valid_text_does_not_stop_reading()
    {
        byte[] bytes = [.. "binder state:\nproc 5 ("u8, 0xFF, 0xC3, 0x00, .. ")\n  ref 9: desc 3 dead node 7 s 1 w 1 d 0\n"u8];

        Assert.Equal(1, Assert.Single(DumpSource.ReadBytes(bytes)).Session.GetProcess(5).HandleCount);
    }

    private static void AssertSame(string file, Func<string, byte[]> change)
    {
        string text = File.ReadAllText(DumpSource.DataFile(file));
        string expected = DumpSource.Read(text).Clean().Session.Describe();
        Assert.Equal(expected, Assert.Single(DumpSource.ReadBytes(change(text))).Clean().Session.Describe());
    }

    private static string Crlf(string text) => text.Replace("\n", "\r\n", StringComparison.Ordinal);

    private static byte[] Indent(string text, string by) =>
        Encoding.UTF8.GetBytes(string.Join('\n', text.Split('\n').Select(line => line.Length == 0 ? line : by + line.TrimStart())));

    /// <summary>As a pipe or a socket does: gives what there is, not what was asked for.</summary>
    private sealed class TrickleStream(byte[] bytes, int atATime) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, atATime));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, atATime)]);
    }
}
