using HandlePool.Text;

namespace HandlePool.Tests.Text;

public class VisibleTextTests
{
    [Theory]
    [InlineData("system_server", "system_server")]
    [InlineData("caf\u00E9 \u4E16 \U0001F600", "caf\u00E9 \u4E16 \U0001F600")]
    [InlineData("a\u001b[31mb", "a[U+001B][31mb")]
    [InlineData("\0\r\n\t\u007f\u009b", "[U+0000][U+000D][U+000A][U+0009][U+007F][U+009B]")]
    [InlineData("\u202e\u2066\u200b\u2028\ufeff\U000E0041", "[U+202E][U+2066][U+200B][U+2028][U+FEFF][U+E0041]")]
    public void Characters_that_steer_a_terminal_or_reorder_text_are_shown_by_number(string text, string shown) => Assert.Equal(shown, VisibleText.Of(text));

    [Fact]
    public void Half_a_pair_of_surrogates_is_shown_as_U_FFFD() => Assert.Equal("a\ufffdb", VisibleText.Of("a\ud83db"));

    [Fact]
    public void Only_the_beginning_of_a_long_name_is_shown()
    {
        Assert.Equal(VisibleText.LongestName, VisibleText.Name(new string('x', 1 << 20)).Length);
        Assert.DoesNotContain('\ufffd', VisibleText.Name(string.Concat(Enumerable.Repeat("\U0001F600", 1_000))));
    }

    [Fact]
    public void Objects_keep_raw_names_and_format_visible_ones()
    {
        HandleSession session = new("s\u001b");
        HandleProcess process = session.CreateProcess("p\n", context: "c\u202e");
        HandleNode node = session.CreateNode(process, "n\0");
        Assert.Equal(("s\u001b", "p\n", "c\u202e", "n\0"), (session.Name, process.Name, process.Context, node.Name));
        Assert.Equal(("s[U+001B]", "p[U+000A]", "n[U+0000]"), (session.ToString(), process.ToString(), node.ToString()));
        Assert.Same(process, session.GetProcess("p\n", "c\u202e"));
    }

    [Fact]
    public void A_message_is_short_and_cannot_steer_a_terminal()
    {
        HandleException exception = Refused.With(HandleErrorIds.ProcessNotFound, Errno.ENOENT,
            () => new HandleSession().GetProcess("\u001b[2J" + new string('x', 1 << 20)));
        Assert.Contains("[U+001B][2J", exception.Message, StringComparison.Ordinal);
        Assert.True(exception.Message.Length < 5_000);
    }
}
