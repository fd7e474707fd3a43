using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text;
using HandlePool.PowerShell.Binding;
using HandlePool.Text;

namespace HandlePool.PowerShell.Completion;

/// <summary>Represents the word to complete: it matches names and numbers and writes their replacements.</summary>
internal sealed class CompletedWord
{
    // PowerShell treats typographic quotes as quotes.
    private const string SingleQuotes = "'\u2018\u2019\u201A\u201B";
    private const string DoubleQuotes = "\"\u201C\u201D\u201E";

    private readonly bool _acceptsWildcards;
    private readonly char _quote;
    private readonly string _beginning;
    private readonly long? _digits;
    private readonly WildcardPattern? _pattern;

    /// <summary>Initializes a word as written on the line, with its quotes or only the opening one.</summary>
    /// <param name="word">The word.</param>
    /// <param name="acceptsWildcards">Whether the parameter takes patterns, so that wildcard characters in names must be escaped.</param>
    internal CompletedWord(string word, bool acceptsWildcards)
    {
        _acceptsWildcards = acceptsWildcards;
        string text = word;
        if (word.Length > 0 && (IsSingleQuote(word[0]) || IsDoubleQuote(word[0])))
        {
            _quote = IsSingleQuote(word[0]) ? '\'' : '"';
            bool isClosed = word.Length > 1 && (_quote == '\'' ? IsSingleQuote(word[^1]) : IsDoubleQuote(word[^1]));
            text = ReadQuoted(isClosed ? word[1..^1] : word[1..]);
        }

        // The word may begin a name without being a pattern that matches it: 'a[' is not a pattern, but a name may be 'a[1]'.
        _beginning = acceptsWildcards ? WildcardPattern.Unescape(text) : text;
        if (WildcardPattern.ContainsWildcardCharacters(text))
            _pattern = ReadPattern(text + '*');
        if ((_beginning == "0" || !_beginning.StartsWith('0'))
            && WholeNumber.TryParse(_beginning, NumberStyles.None, out long digits))
        {
            _digits = digits;
        }
    }

    /// <summary>Gets whether nothing has been typed yet.</summary>
    internal bool IsEmpty => _beginning.Length == 0;

    /// <summary>Gets whether the word begins like a number.</summary>
    internal bool IsNumeric => _digits is not null || (_pattern is not null && char.IsAsciiDigit(_beginning[0]));

    /// <summary>Returns whether a name begins with the word or matches it as a pattern, ignoring case.</summary>
    internal bool Matches(string name) =>
        name.StartsWith(_beginning, StringComparison.OrdinalIgnoreCase) || (_pattern is not null && _pattern.IsMatch(name));

    /// <summary>Returns whether the digits of a number begin with the word or match it as a pattern.</summary>
    internal bool Matches(long number)
    {
        if (IsEmpty)
            return true;
        if (_pattern is not null)
            return _pattern.IsMatch(number.ToString(CultureInfo.InvariantCulture));
        if (_digits is not { } digits)
            return false;

        while (number > digits && digits > 0)
            number /= 10;
        return number == digits;
    }

    /// <summary>Returns a name as it must be written on the line: in the quotes that were begun, or in those that it needs.</summary>
    internal string Write(string name)
    {
        string text = _acceptsWildcards ? WildcardPattern.Escape(name) : name;
        return _quote switch
        {
            '"' => $"\"{EscapeDoubleQuoted(text)}\"",
            '\'' => WriteSingleQuoted(text),
            _ => IsBareWord(text) ? text : WriteSingleQuoted(text),
        };
    }

    /// <summary>Returns a number as it must be written on the line: in quotes only if they were begun.</summary>
    internal string Write(long number)
    {
        string text = number.ToString(CultureInfo.InvariantCulture);
        return _quote == '\0' ? text : $"{_quote}{text}{_quote}";
    }

    /// <summary>Returns whether PowerShell's parser reads a text unchanged without quotes.</summary>
    private static bool IsBareWord(string text)
    {
        // A word that begins with a dash is a parameter, or the -- that ends parameters.
        if (text.Length == 0 || text[0] is '-' or '\u2013' or '\u2014' or '\u2015')
            return false;
        ScriptBlockAst script = Parser.ParseInput("x " + text, out _, out ParseError[] errors);
        return errors.Length == 0
            && script.EndBlock.Statements is [PipelineAst { PipelineElements: [CommandAst command] }]
            && command is { CommandElements.Count: 2, Redirections.Count: 0 }
            && command.CommandElements[1] is StringConstantExpressionAst { StringConstantType: StringConstantType.BareWord } word
            && word.Value == text;
    }

    private static string WriteSingleQuoted(string text) => $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'";

    private static string EscapeDoubleQuoted(string text)
    {
        StringBuilder escaped = new();
        foreach (char character in text)
        {
            if (character is '$' or '`' || IsDoubleQuote(character))
                escaped.Append('`');
            escaped.Append(character);
        }

        return escaped.ToString();
    }

    private static WildcardPattern? ReadPattern(string text)
    {
        try
        {
            return NamePattern.Parse(text);
        }
        catch (WildcardPatternException)
        {
            return null;
        }
    }

    private static bool IsSingleQuote(char character) => SingleQuotes.Contains(character);

    private static bool IsDoubleQuote(char character) => DoubleQuotes.Contains(character);

    /// <summary>Returns the text between the quotes without escapes.</summary>
    private string ReadQuoted(string content)
    {
        StringBuilder text = new();
        for (int i = 0; i < content.Length; i++)
        {
            bool isDoubled = i + 1 < content.Length
                && (_quote == '\''
                    ? IsSingleQuote(content[i]) && IsSingleQuote(content[i + 1])
                    : IsDoubleQuote(content[i]) && IsDoubleQuote(content[i + 1]));
            bool isEscaped = _quote == '"' && content[i] == '`' && i + 1 < content.Length;
            if (isDoubled || isEscaped)
                i++;
            text.Append(content[i]);
        }

        return text.ToString();
    }
}
