using HandlePool.Text;

namespace HandlePool.Tests.Text;

public class WildcardTextTests
{
    [Theory]
    [InlineData("maps", "MAPS", true)]
    [InlineData("maps", "maps2", false)]
    [InlineData("*", "", true)]
    [InlineData("com.*.maps", "com.example.maps", true)]
    [InlineData("com.*.maps", "com.example.maps2", false)]
    [InlineData("*a*b*", "xxaxxbxx", true)]
    [InlineData("a*a*a", "aa", false)]
    [InlineData("ap?", "app", true)]
    [InlineData("ap?", "ap", false)]
    [InlineData("app[0-9]", "app7", true)]
    [InlineData("app[0-9]", "appx", false)]
    [InlineData("app[xX-Z]", "appy", true)]
    [InlineData("`[kworker`]", "[kworker]", true)]
    [InlineData("`*", "x", false)]
    [InlineData("[]]", "]", true)]
    [InlineData("", "", true)]
    [InlineData("\u00e9*", "\u00c9t\u00e9", true)]
    public void A_pattern_fits_names_as_in_PowerShell_whatever_their_case(string pattern, string name, bool fits) =>
        Assert.Equal(fits, WildcardText.Parse(pattern)!.IsMatch(name));

    [Theory]
    [InlineData("[")]
    [InlineData("app[")]
    [InlineData("[]")]
    [InlineData("[z-a]")]
    [InlineData("app`")]
    public void What_is_no_pattern_is_not_parsed(string pattern) => Assert.Null(WildcardText.Parse(pattern));

    [Theory]
    [InlineData("app", false)]
    [InlineData("`*", false)]
    [InlineData("a?", true)]
    [InlineData("[a]", true)]
    public void A_pattern_says_whether_it_fits_several_names(string pattern, bool fitsSeveral) =>
        Assert.Equal(fitsSeveral, WildcardText.Parse(pattern)!.HasWildcards);

    [Fact]
    public void Many_stars_do_not_take_long()
    {
        WildcardText pattern = WildcardText.Parse(string.Concat(Enumerable.Repeat("*a", 1_000)) + "b")!;

        Assert.False(pattern.IsMatch(new string('a', 20_000)));
    }
}
