using System.Globalization;

namespace HandlePool.Conformance;

/// <summary>Represents a row that the guest has written: what a process did, and what the driver answered. README.md has the columns.</summary>
internal sealed class DriverRow
{
    internal const string Header = "Row,Step,Operation,Process,Node,Handle,Count,Weak,Kind,Cookie,Context,Id,Uid,OpenNumber,Command,Answer,Read";

    private readonly string[] _columns;

    private DriverRow(string[] columns) => _columns = columns;

    internal int Number => int.Parse(_columns[0], CultureInfo.InvariantCulture);

    /// <summary>Gets the line of the scenario that led to the row.</summary>
    internal int Step => int.Parse(_columns[1], CultureInfo.InvariantCulture);

    internal string Process => _columns[3];

    internal string Node => _columns[4];

    internal long? Handle => Value(5) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    internal bool IsWeak => _columns[7] == "1";

    internal ulong? Cookie => Value(9) is { } text ? ulong.Parse(text, CultureInfo.InvariantCulture) : null;

    internal string Command => _columns[14];

    /// <summary>Gets the error of the command, or the reply that refused the transaction; empty for success.</summary>
    internal string Answer => _columns[15];

    /// <summary>Gets the message that the process read, the kind of a transaction, the name of a moment.</summary>
    internal string Read => _columns[16];

    /// <summary>Gets the operation of the model that corresponds to the row, or null if there is none.</summary>
    internal HandleOperation? Operation => Value(2) is null ? null : OperationRow.Read(Number, Column);

    /// <summary>Reads the rows of a scenario.</summary>
    /// <exception cref="InvalidDataException">The file is not one of rows.</exception>
    internal static IReadOnlyList<DriverRow> ReadAll(string path)
    {
        string[] names = Header.Split(',');
        List<DriverRow> rows = [];
        foreach (string line in File.ReadLines(path))
        {
            string[] columns = line.Split(',');
            if (rows.Count == 0 && line == Header)
                continue;
            if (columns.Length != names.Length || !int.TryParse(columns[0], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                || number != rows.Count + 1 || !int.TryParse(columns[1], NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                throw new InvalidDataException($"{path} is not whole: '{line}' does not follow row {rows.Count}.");
            }

            rows.Add(new DriverRow(columns));
        }

        return rows;
    }

    /// <summary>Returns what the row says, without empty columns.</summary>
    public override string ToString() => string.Join(' ', _columns.Skip(2).Where(column => column.Length > 0));

    private object? Column(string name) => Array.IndexOf(Header.Split(','), name) is int at and >= 0 ? Value(at) : null;

    private string? Value(int column) => _columns[column] is { Length: > 0 } text ? text : null;
}
