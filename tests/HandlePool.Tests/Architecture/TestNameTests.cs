using System.Reflection;

namespace HandlePool.Tests.Architecture;

/// <summary>Test names are short sentences, which a list of failures shows without the classes.</summary>
public class TestNameTests
{
    private const int MaxLength = 80;

    private static readonly string[] Names =
    [
        .. typeof(TestNameTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => method.IsDefined(typeof(FactAttribute)))
            .Select(method => method.GetCustomAttribute<FactAttribute>()!.DisplayName ?? method.Name),
    ];

    [Fact]
    public void Test_names_have_at_most_80_characters() => Assert.Equal([], Names.Where(name => name.Length > MaxLength));

    [Fact]
    public void No_two_tests_have_the_same_name() =>
        Assert.Equal(Names.Distinct().Order(StringComparer.Ordinal), Names.Order(StringComparer.Ordinal));

    [Fact]
    public void Test_names_say_what_they_are_about() =>
        Assert.Equal([], Names.Where(name => name.Split('_')[0] is "It" or "Its" or "They" or "Their" or "This" or "That"));
}
