using System.Text.RegularExpressions;
using HandlePool.Reports.Markup;
using HandlePool.Text;

namespace HandlePool.Tests.Reports;

public partial class MarkdownTests
{
    [Theory]
    [InlineData("system_server", "`system_server`")]
    [InlineData("a|b", "`a|b`")]
    [InlineData("a`b", "``a`b``")]
    [InlineData("`", "`` ` ``")]
    [InlineData("``a`", "``` ``a` ```")]
    [InlineData(" a ", "`  a  `")]
    [InlineData("<img src=x>", "`<img src=x>`")]
    [InlineData("a\n# b", "`a[U+000A]# b`")]
    [InlineData("a\u202eb\u001b[31m", "`a[U+202E]b[U+001B][31m`")]
    [InlineData("", "")]
    public void A_name_is_code_with_a_fence_that_it_does_not_contain(string name, string expected) =>
        Assert.Equal(expected, Markdown.Of(Prose.Name(name)));

    [Theory]
    [InlineData("It holds 1,234 handles (57.6% of all), since 2026-11-26 12:30:00.", "It holds 1,234 handles (57.6% of all), since 2026-11-26 12:30:00.")]
    [InlineData("Android's half-open \u201cx\u201d +700 \u221212", "Android's half-open `\u201cx\u201d` +700 \u221212")]
    [InlineData("p_q (1) holds 2 of com.x.y.", "`p_q` (1) holds 2 of `com.x.y`.")]
    [InlineData("see https://evil.example and www.evil.example", "see `https://evil.example` and `www.evil.example`")]
    [InlineData("@user #12 GH-12 :smile: a@b", "`@user` `#12` `GH-12` `:smile`: `a@b`")]
    [InlineData("[a](b) ![c](d) <b> &lt; *x* ~~y~~ a|b \\", "`[a](b`) `![c](d`) `<b>` `&lt`; `*x*` `~~y~~` `a|b` `\\`")]
    [InlineData("# a", "`#` a")]
    [InlineData("- a", "`-` a")]
    [InlineData("1. a 2. b", "`1`. a 2. b")]
    [InlineData("  1. a", "`1`. a")]
    [InlineData("\u4e2d\u6587 \u05e9\u05dc\u05d5\u05dd", "\u4e2d\u6587 \u05e9\u05dc\u05d5\u05dd")]
    public void A_word_of_a_sentence_that_is_not_plain_becomes_code(string sentence, string expected) =>
        Assert.Equal(expected, Markdown.Of(Prose.Sentence(sentence, 1_000)));

    [Fact]
    public void Our_own_words_and_marks_are_not_code()
    {
        Prose prose = $"{Prose.Name("a")} \u2192 {Prose.Strong($"{Prose.Name("b")} x")}{Prose.Link("id", "All")} {Prose.Mark("id", "suspect 1")} {3:N0}";

        Assert.Equal("`a` \u2192 **`b` x** **suspect 1** 3", Markdown.Of(prose));
    }

    [Fact]
    public void Code_beside_code_has_a_space_between() =>
        Assert.Equal("`a` `b`", Markdown.Of($"{Prose.Name("a")}{Prose.Name("b")}"));

    [Fact]
    public void Random_text_leaves_no_markup_outside_of_code()
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        string alphabet = "ab1 _*`~|\\<>[]()!#&@:/.-+=\"'$\n\u202e\u4e2d";
        for (int round = 0; round < 5_000; round++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 24)).Select(_ => alphabet[random.Next(alphabet.Length)]));

            string name = Markdown.Of(Prose.Name(text));
            string sentence = Markdown.Of(Prose.Sentence(text, 1_000));

            string expected = VisibleText.Name(text);
            Assert.True(MarkdownReader.CodeOf(name) == expected, $"Seed {seed}: '{name}' is not the code '{expected}'.");
            string bare = MarkdownReader.WithoutCode(sentence, "code");
            Assert.True(!Special().IsMatch(bare), $"Seed {seed}: '{text}' became '{sentence}'.");
        }
    }

    [GeneratedRegex(@"[\p{C}_*`~|\\<>\[\]#&@/=$]|^\s*([-+]|\d+[.)])(\s|$)|!\[")]
    private static partial Regex Special();
}
