using System.Globalization;
using HandlePool.Experiments;
using HandlePool.Text;

namespace HandlePool;

/// <summary>Reads operations from rows of text, numbers and Booleans, as CSV and JSON files contain them. Static and thread-safe.</summary>
internal static class OperationRow
{
    // An operation may be named like its cmdlet, with or without the dash and the noun's prefix, or by its verb if that is unambiguous.
    private static readonly Dictionary<string, HandleOperationKind> Kinds = AllKinds();

    /// <summary>Reads a row.</summary>
    /// <param name="row">The number of the row, from 1, for errors.</param>
    /// <param name="column">Returns the value in a column, or null if there is no such column. Blank text counts as null.</param>
    /// <exception cref="HandleException"><c>OperationFormat</c>: the row is not an operation, or a value is invalid.</exception>
    public static HandleOperation Read(long row, Func<string, object?> column)
    {
        ArgumentNullException.ThrowIfNull(column);
        string operation = Text(column, nameof(HandleOperation.Operation))
            ?? throw ExperimentErrors.OperationFormat(row, "Operation is missing.", null);
        if (!Kinds.TryGetValue(operation, out HandleOperationKind kind) && !Kinds.TryGetValue(Normalize(operation), out kind))
            throw ExperimentErrors.OperationFormat(row, $"'{operation}' is not an operation. Use one of: {string.Join(", ", Enum.GetNames<HandleOperationKind>())}.", operation);

        // Rows of other operations may have columns of these names for something else.
        bool isNotification = kind is HandleOperationKind.RequestNotification or HandleOperationKind.CompleteNotification
            or HandleOperationKind.ClearNotification;
        bool isFault = kind is HandleOperationKind.FailAllocation or HandleOperationKind.DelayAllocation or HandleOperationKind.FailNotification
            or HandleOperationKind.FailFreeze;
        return new HandleOperation
        {
            Operation = kind,
            Process = Text(column, nameof(HandleOperation.Process)),
            Node = Text(column, nameof(HandleOperation.Node)),
            Handle = Number(row, column, nameof(HandleOperation.Handle), 0, uint.MaxValue),
            Count = (int?)Number(row, column, nameof(HandleOperation.Count), 1, int.MaxValue),
            Weak = Truth(row, column, nameof(HandleOperation.Weak)),
            Kind = isNotification ? Word<HandleNotificationKind>(row, column, nameof(HandleOperation.Kind), "Death or Freeze") : null,
            Cookie = isNotification ? Cookie(row, column) : null,
            Context = Text(column, nameof(HandleOperation.Context)),
            Id = (int?)Number(row, column, nameof(HandleOperation.Id), 0, int.MaxValue),
            Uid = (int?)Number(row, column, nameof(HandleOperation.Uid), 0, int.MaxValue),
            OpenNumber = (int?)Number(row, column, nameof(HandleOperation.OpenNumber), 1, int.MaxValue),
            Direction = isFault ? Word<ResizeDirection>(row, column, nameof(HandleOperation.Direction), "Grow or Shrink") : null,
            After = isFault ? (int?)Number(row, column, nameof(HandleOperation.After), 0, int.MaxValue) : null,
            Delay = isFault ? Delay(row, column) : null,
            Fault = kind == HandleOperationKind.RemoveFault ? (int?)Number(row, column, nameof(HandleOperation.Fault), 1, int.MaxValue) : null,
        };
    }

    private static Dictionary<string, HandleOperationKind> AllKinds()
    {
        Dictionary<string, HandleOperationKind> kinds = new(StringComparer.OrdinalIgnoreCase)
        {
            ["Exit"] = HandleOperationKind.RemoveProcess,
            ["ExitProcess"] = HandleOperationKind.RemoveProcess,
            ["Add"] = HandleOperationKind.AddReference,
            ["Remove"] = HandleOperationKind.RemoveReference,
            ["Drop"] = HandleOperationKind.DropReference,
            ["Grow"] = HandleOperationKind.GrowPool,
            ["Shrink"] = HandleOperationKind.ShrinkPool,
            ["Fit"] = HandleOperationKind.FitPool,
            ["Optimize"] = HandleOperationKind.OptimizePool,
            ["CompletePoolResize"] = HandleOperationKind.CompleteResize,
            ["Complete"] = HandleOperationKind.CompleteResize,
        };
        foreach (HandleOperationKind kind in Enum.GetValues<HandleOperationKind>())
        {
            kinds.Add(kind.ToString(), kind);

            // ConvertTo-Json writes numbers by default.
            kinds.Add(((int)kind).ToString(CultureInfo.InvariantCulture), kind);
        }

        return kinds;
    }

    private static string Normalize(string operation) =>
        operation.Replace("-Handle", "", StringComparison.OrdinalIgnoreCase).Replace("-", "", StringComparison.Ordinal).Trim();

    private static string? Text(Func<string, object?> column, string name)
    {
        string? text = column(name) is { } value ? Convert.ToString(value, CultureInfo.InvariantCulture)?.Trim() : null;
        return text is { Length: > 0 } ? text : null;
    }

    private static long? Number(long row, Func<string, object?> column, string name, long least, long most)
    {
        if (Text(column, name) is not { } text)
            return null;
        return WholeNumber.TryParse(text, NumberStyles.AllowLeadingSign, out long number) && number >= least && number <= most
            ? number
            : throw ExperimentErrors.OperationFormat(row, $"{name} is '{text}'. Give a whole number from {least} to {most}.", text);
    }

    private static T? Word<T>(long row, Func<string, object?> column, string name, string words)
        where T : struct, Enum
    {
        if (Text(column, name) is not { } text)
            return null;
        return Enum.TryParse(text, ignoreCase: true, out T word) && Enum.IsDefined(word) ? word
            : throw ExperimentErrors.OperationFormat(row, $"{name} is '{text}'. Give {words}.", text);
    }

    private static TimeSpan? Delay(long row, Func<string, object?> column)
    {
        // A number alone would be days.
        if (Text(column, nameof(HandleOperation.Delay)) is not { } text)
            return null;
        return text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan delay)
            && delay > TimeSpan.Zero && delay <= HandleFault.LongestDelay
            ? delay
            : throw ExperimentErrors.OperationFormat(row,
                $"Delay is '{text}'. Give a duration of more than 0 and at most 1 day as hours:minutes:seconds, such as 0:0:0.05.", text);
    }

    private static ulong? Cookie(long row, Func<string, object?> column)
    {
        if (Text(column, nameof(HandleOperation.Cookie)) is not { } text)
            return null;
        return WholeNumber.TryParse(text, NumberStyles.None, out ulong cookie) ? cookie
            : throw ExperimentErrors.OperationFormat(row, $"Cookie is '{text}'. Give a whole number from 0 to {ulong.MaxValue}.", text);
    }

    private static bool Truth(long row, Func<string, object?> column, string name) => Text(column, name) switch
    {
        null or "0" => false,
        "1" => true,
        string text => bool.TryParse(text, out bool value)
            ? value
            : throw ExperimentErrors.OperationFormat(row, $"{name} is '{text}'. Give true or false.", text),
    };
}
