using System.Globalization;
using System.Text;
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
    [InlineData("\u180b\u2800\U000E01F5\u3164\ufe0f\u17b4\u034f", "[U+180B][U+2800][U+E01F5][U+3164][U+FE0F][U+17B4][U+034F]")]
    [InlineData("\u00a0\u2003\u3000\ue000\U0010FFFF\ufdd0\u0378", "[U+00A0][U+2003][U+3000][U+E000][U+10FFFF][U+FDD0][U+0378]")]
    public void Characters_that_steer_a_terminal_or_reorder_text_are_shown_by_number(string text, string shown) => Assert.Equal(shown, VisibleText.Of(text));

    [Fact]
    public void Every_character_that_is_shown_is_visible()
    {
        List<string> shown = [];
        for (int value = 0; value <= 0x10ffff; value++)
        {
            if (!Rune.IsValid(value) || value == ' ')
                continue;
            string text = char.ConvertFromUtf32(value);
            bool mayHide = Rune.GetUnicodeCategory(new Rune(value)) is not (UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter
                or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or UnicodeCategory.DecimalDigitNumber
                or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber or UnicodeCategory.ConnectorPunctuation
                or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation
                or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation
                or UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol or UnicodeCategory.ModifierSymbol or UnicodeCategory.OtherSymbol);
            if (mayHide && VisibleText.Of(text) == text)
                shown.Add($"U+{value:X4}");
        }

        Assert.Empty(shown);
    }

    [Fact]
    public void Marks_after_the_fourth_on_one_letter_are_shown_by_number()
    {
        string four = "e" + new string('\u0301', 4);
        Assert.Equal(four + "[U+0301][U+0301]" + four, VisibleText.Of(four + "\u0301\u0301" + four));
        Assert.Equal("\U0001d165\u20dd\u0300\U0001d165[U+20DD]", VisibleText.Of("\U0001d165\u20dd\u0300\U0001d165\u20dd"));
    }

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
