using System.Globalization;
using System.Xml.Linq;
using HandlePool.Reports.Markup;

namespace HandlePool.Tests.Reports;

public class HtmlTests
{
    private const string Hostile = "\"><script>alert('1')</script>&amp;<p class='";

    [Fact]
    public void A_hole_in_text_is_escaped()
    {
        Assert.Equal("<td>&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;&lt;p class=&#39;</td>", Write($"<td>{Hostile}</td>"));
        Assert.Equal(Hostile, XElement.Parse(Write($"<td>{Hostile}</td>")).Value);
    }

    [Fact]
    public void A_hole_in_an_attribute_is_escaped()
    {
        XElement element = XElement.Parse(Write($"""<td title="{Hostile}" id='{Hostile}'{Html.Attribute("class", Hostile)}/>"""));

        Assert.Equal([Hostile, Hostile, Hostile], element.Attributes().Select(attribute => attribute.Value));
        Assert.Empty(element.Nodes());
    }

    [Fact]
    public void A_hole_is_escaped_whether_it_is_constant_concatenated_or_conditional()
    {
        string text = Hostile;
        const string Expected = "<b>&lt;i&gt;</b>";

        Assert.Equal(Expected, Write($"<b>{"<i>"}</b>"));
        Assert.Equal(Expected, Write($"<b>" + $"{"<" + "i>"}" + $"</b>"));
        Assert.Equal(Expected, Write($"<b>{(text.Length > 0 ? "<i>" : "")}</b>"));
        Assert.Equal(Expected, Write($"<b>{new FormattableObject("<i>")}</b>"));
    }

    [Fact]
    public void Markup_in_a_hole_is_escaped_once()
    {
        Html inner = $"<i>{"<&>"}</i>";

        Assert.Equal("<p><i>&lt;&amp;&gt;</i> <i>&lt;&amp;&gt;</i></p>", Write($"<p>{inner} {Html.Of(inner)}</p>"));
        Assert.Equal("<b>&lt;</b>, <b>&gt;</b>", Write(Html.Each(["<", ">"], text => $"<b>{text}</b>", ", ")));
    }

    [Fact]
    public void A_null_in_a_hole_writes_nothing()
    {
        string? text = null;
        Html? markup = null;
        int? number = null;

        Assert.Equal("<p></p>", Write($"<p{Html.Attribute("class", null)}>{text}{markup}{number:N0}</p>"));
    }

    [Fact]
    public void A_number_in_a_hole_is_formatted_invariantly()
    {
        CultureInfo culture = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("de-DE");
            Assert.Equal("1234567 1,234,567 33.3% 0.5", Write($"{1_234_567} {1_234_567:N0} {1 / 3.0:0.0%} {0.5:0.##}"));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Fact]
    public void Only_one_method_for_style_and_script_takes_a_string_as_markup()
    {
        Assert.DoesNotContain(typeof(Html).GetMethods(), method => method.Name is "op_Implicit" or "op_Explicit");
        Assert.Equal("<b>", Write(Html.Trusted("<b>")));
        Assert.Equal("&lt;\n&amp;\n", Write(Html.Lines("<\n&")));
        Assert.Equal("<bdi>&lt;b&gt;</bdi>", Write(Html.Isolate("<b>")));
    }

    private static string Write(Html html)
    {
        using StringWriter writer = new(CultureInfo.InvariantCulture);
        html.WriteTo(writer);
        return writer.ToString();
    }

    private sealed record FormattableObject(string Text) : IFormattable
    {
        public string ToString(string? format, IFormatProvider? provider) => Text;
    }
}
