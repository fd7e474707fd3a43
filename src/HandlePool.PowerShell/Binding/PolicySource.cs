using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Numerics;
using HandlePool.Analysis;
using HandlePool.Gates;
using HandlePool.Text;

namespace HandlePool.PowerShell.Binding;

/// <summary>Represents the value of a -Policy parameter: a policy, a table of one, or the path of its .psd1 file.</summary>
public sealed class PolicySource
{
    // A table that contains itself has no end.
    private const int MostNested = 8;
    private const string OfTable = "The policy";

    private readonly object _value;

    /// <summary>Initializes the source from what was given. It is read when the cmdlet begins, which knows where a relative path begins.</summary>
    public PolicySource(object value) => _value = value is PSObject wrapper ? wrapper.BaseObject : value;

    /// <inheritdoc/>
    public override string ToString() => _value is IDictionary ? OfTable : _value.ToString() ?? "";

    /// <summary>Returns the policy.</summary>
    /// <param name="paths">The paths of the session, to which a relative path belongs.</param>
    /// <exception cref="HandleException"><c>PolicyFormat</c>, <c>PolicyCode</c> or <c>PolicyConflict</c>.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="RuntimeException">The path cannot be resolved.</exception>
    internal HandleGrowthPolicy Read(PathIntrinsics paths)
    {
        switch (_value)
        {
            case HandleGrowthPolicy policy:
                return policy;
            case IDictionary table:
                return PolicyReader.Read(ToNode(table, 0), OfTable, path: null, file => new BaselineSource(file).Read(paths));
            case string or FileInfo:
                return ReadFile(FilePath.Of(paths, _value.ToString()!), paths);
            default:
                throw PolicyReader.Refuse(HandleErrorIds.PolicyFormat, OfTable, null, null,
                    $"a value of type {_value.GetType().Name} is no policy. Use the path of a .psd1 file, or a table: @{{ Rules = ... }}.");
        }
    }

    private static HandleGrowthPolicy ReadFile(string path, PathIntrinsics paths)
    {
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new FileNotFoundException(null, path);
        string source = VisibleText.Of(path);
        PolicyNode root = PolicyText.Parse(path, source);
        string folder = Path.GetDirectoryName(path)!;
        return PolicyReader.Read(root, source, path, file => new BaselineSource(Path.Combine(folder, file)).Read(paths));
    }

    private static PolicyNode ToNode(object? value, int depth)
    {
        object? given = value is PSObject wrapper ? wrapper.BaseObject : value;
        object? converted = given switch
        {
            null or string or bool or HandleBaseline => given,
            char letter => letter.ToString(),
            Enum name => name.ToString(),
            FileInfo file => file.FullName,
            byte or sbyte or short or ushort or int or uint or long or ulong or float or double or decimal => Convert.ToDouble(given, CultureInfo.InvariantCulture),
            BigInteger number => (double)number,
            IDictionary or IList when depth == MostNested => new ForeignValue("a table within tables within tables"),
            IDictionary table => new PolicyTable([.. table.Cast<DictionaryEntry>().Select(entry =>
                (Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "", (long?)null, ToNode(entry.Value, depth + 1)))]),
            IList list => list.Cast<object?>().Select(item => ToNode(item, depth + 1)).ToArray(),
            _ => new ForeignValue($"a value of type {given.GetType().Name}"),
        };
        return new PolicyNode(converted, null);
    }
}
