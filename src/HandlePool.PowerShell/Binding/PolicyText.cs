using System.Globalization;
using System.Management.Automation.Language;
using System.Numerics;
using HandlePool.Gates;
using HandlePool.IO;
using HandlePool.Text;

namespace HandlePool.PowerShell.Binding;

/// <summary>Parses the text of a policy by the rules of data files, and runs nothing of it.</summary>
/// <remarks>
/// PowerShell's own parser reads it, as it does for Import-PowerShellDataFile. Only what is a value in any language mode is taken: tables, lists,
/// texts without variables in them, numbers, $true, $false and $null.
/// </remarks>
internal static class PolicyText
{
    // A policy of a thousand rules has some hundred kilobytes.
    private const int LargestFile = 1 << 20;
    private const int MostNested = 16;

    private static readonly string[] LoadingWords = ["using", "configuration"];

    /// <summary>Parses a file.</summary>
    /// <param name="path">The path.</param>
    /// <param name="source">The path as messages show it.</param>
    /// <exception cref="HandleException"><c>PolicyFormat</c> or <c>PolicyCode</c>.</exception>
    internal static PolicyNode Parse(string path, string source)
    {
        string text;
        try
        {
            if (WhyUnread(path) is { } reason)
                throw PolicyReader.Refuse(HandleErrorIds.PolicyFormat, source, null, null, reason);
            text = File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw PolicyReader.Refuse(HandleErrorIds.PolicyFormat, source, null, null, exception.Message);
        }

        return new Reading(source).Parse(text, path);
    }

    /// <summary>Returns why a file is not read, as the rest of a sentence; null if it is.</summary>
    private static string? WhyUnread(string path) => Directory.Exists(path) ? "it is a folder. Use the path of a file."
        : NamedPipe.HasNoLength(path) ? "it is an empty file, a pipe or a device. Use the path of a file with a table: @{ Rules = ... }."
        : new FileInfo(path).Length > LargestFile ? $"it has more than {LargestFile} bytes. Use the path of a policy."
        : null;

    /// <summary>Returns the first word of a text if PowerShell would look for modules because of it while it parses.</summary>
    private static string? FindLoadingWord(string text)
    {
        int at = 0;
        while (at < text.Length)
        {
            if (char.IsWhiteSpace(text[at]) || text[at] is ';' or '`' or '\uFEFF')
                at++;
            else if (text[at] == '#')
                at = IndexOf("\n");
            else if (text.AsSpan(at).StartsWith("<#"))
                at = IndexOf("#>");
            else
                break;
        }

        return Array.Find(LoadingWords, word => text.AsSpan(at).StartsWith(word, StringComparison.OrdinalIgnoreCase));

        int IndexOf(string end) => text.IndexOf(end, at, StringComparison.Ordinal) is >= 0 and var found ? found + end.Length : text.Length;
    }

    /// <summary>Turns the syntax tree of a file into values.</summary>
    private sealed class Reading(string source)
    {
        internal PolicyNode Parse(string text, string path)
        {
            if (FindLoadingWord(text) is { } word)
                throw PolicyReader.Refuse(HandleErrorIds.PolicyCode, source, null, null, $"it begins with '{word}', which a policy cannot have. Begin with the table: @{{ Rules = ... }}.");
            ScriptBlockAst script = Parser.ParseInput(text, path, out Token[] tokens, out ParseError[] errors);
            if (errors.Length > 0)
                throw Refuse(HandleErrorIds.PolicyFormat, errors[0].Extent, null, $"it is no data file of PowerShell: {errors[0].Message}");

            // A call, or a statement that runs in the background.
            if (Array.Find(tokens, token => token.Kind == TokenKind.Ampersand) is { } call)
                throw Refuse(HandleErrorIds.PolicyCode, call.Extent, null, "'&' is code, which a policy cannot have. It was not run. Write the value itself.");
            if (((Ast?)script.ParamBlock ?? script.BeginBlock ?? script.ProcessBlock ?? script.DynamicParamBlock) is { } block)
                throw Code(block, null);
            if (script.EndBlock is not { Statements: [var statement, ..] statements })
                throw Refuse(HandleErrorIds.PolicyFormat, script.Extent, null, "the file is empty. Write a table: @{ Rules = ... }.");

            // Beside named blocks, the end has a name as well.
            if (script.EndBlock.Traps is [_, ..] || !script.EndBlock.Unnamed)
                throw Code(script.EndBlock, null);
            if (statements.Count > 1)
                throw Code(statements.FirstOrDefault(each => each is not PipelineAst { PipelineElements: [CommandExpressionAst { Expression: HashtableAst }] }) ?? statements[1], null);
            return ToNode(ValueOf(statement, ""), "", 0);
        }

        /// <summary>Returns the expression that is all of a statement.</summary>
        private ExpressionAst ValueOf(StatementAst statement, string key) =>
            statement is PipelineAst { PipelineElements: [CommandExpressionAst { Redirections.Count: 0 } value] } ? value.Expression : throw Code(statement, key);

        private PolicyNode ToNode(ExpressionAst expression, string key, int depth)
        {
            if (depth > MostNested)
                throw Refuse(HandleErrorIds.PolicyFormat, expression.Extent, key, "the value is nested too deeply. A policy is a table with a list of tables.");
            object? value = expression switch
            {
                StringConstantExpressionAst text => text.Value,
                ConstantExpressionAst constant => ToNumber(constant, key),
                UnaryExpressionAst { TokenKind: TokenKind.Minus, Child: ConstantExpressionAst and not StringConstantExpressionAst } minus =>
                    -ToNumber((ConstantExpressionAst)minus.Child, key),
                VariableExpressionAst variable => Constant(variable, key),
                HashtableAst table => ToTable(table, key, depth),
                ArrayLiteralAst list => ToItems(list, key, depth),
                ArrayExpressionAst list => ToItems(list, key, depth),
                ParenExpressionAst inner => ToNode(ValueOf(inner.Pipeline, key), key, depth + 1).Value,
                _ => throw Code(expression, key),
            };
            return new PolicyNode(value, expression.Extent.StartLineNumber);
        }

        private double ToNumber(ConstantExpressionAst constant, string key) => constant.Value switch
        {
            BigInteger number => (double)number,
            IConvertible number and not string => number.ToDouble(CultureInfo.InvariantCulture),
            _ => throw Code(constant, key),
        };

        private object? Constant(VariableExpressionAst variable, string key) => variable.VariablePath.UserPath.ToUpperInvariant() switch
        {
            "TRUE" => true,
            "FALSE" => false,
            "NULL" => null,
            _ => throw Code(variable, key),
        };

        private PolicyTable ToTable(HashtableAst table, string path, int depth)
        {
            List<(string, long?, PolicyNode)> entries = [];
            foreach ((ExpressionAst name, StatementAst statement) in table.KeyValuePairs)
            {
                if (name is not ConstantExpressionAst constant)
                    throw Code(name, path);
                string key = Convert.ToString(constant.Value, CultureInfo.InvariantCulture) ?? "";
                string at = path.Length == 0 ? key : $"{path}.{key}";
                entries.Add((key, name.Extent.StartLineNumber, ToNode(ValueOf(statement, at), at, depth + 1)));
            }

            return new PolicyTable(entries);
        }

        private PolicyNode[] ToItems(ExpressionAst list, string path, int depth)
        {
            List<PolicyNode> items = [];
            IEnumerable<ExpressionAst> elements = list is ArrayLiteralAst literal ? literal.Elements
                : ((ArrayExpressionAst)list).SubExpression is { Traps: null or { Count: 0 } } block
                    ? block.Statements.SelectMany(statement => ValueOf(statement, path) is var value && value is ArrayLiteralAst inner ? inner.Elements : (IEnumerable<ExpressionAst>)[value])
                    : throw Code(list, path);
            foreach (ExpressionAst element in elements)
                items.Add(ToNode(element, $"{path}[{items.Count}]", depth + 1));
            return [.. items];
        }

        private HandleException Code(Ast ast, string? key) => Refuse(HandleErrorIds.PolicyCode, ast.Extent, key,
            $"'{VisibleText.Name(ast.Extent.Text)}' is code, which a policy cannot have. It was not run. Write the value itself.");

        private HandleException Refuse(string errorId, IScriptExtent extent, string? key, string message) =>
            PolicyReader.Refuse(errorId, source, extent.StartLineNumber, string.IsNullOrEmpty(key) ? null : VisibleText.Name(key), message);
    }
}
