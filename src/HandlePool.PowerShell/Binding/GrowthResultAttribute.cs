using System.Collections;
using System.Globalization;
using System.Management.Automation;
using HandlePool.Gates;

namespace HandlePool.PowerShell.Binding;

/// <summary>Takes results of Test-HandleGrowth, and copies of them, such as those from jobs, Import-Clixml, ConvertFrom-Json and Import-Csv.</summary>
/// <remarks>A result is data: what it says means the same everywhere.</remarks>
[AttributeUsage(AttributeTargets.Property)]
public sealed class GrowthResultAttribute : LiveAttribute
{
    private const string Kinds = "a result of Test-HandleGrowth";

    private static readonly TimeSpan MostOffset = TimeSpan.FromHours(14);

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        // A parameter that validates says what is wrong with null.
        if (base.Transform(engineIntrinsics, inputData) is not { } given)
            return inputData;
        return Unwrap(given) is IList list ? list.Cast<object?>().Select(Read).ToArray() : Read(given);
    }

    private static HandleGrowthResult Read(object? value)
    {
        if (value is null)
            throw NotConvertible(value, Kinds);
        if (Unwrap(value) is HandleGrowthResult result)
            return result;
        PSObject copy = PSObject.AsPSObject(value);
        if (copy.BaseObject is not PSCustomObject || Text(nameof(result.Rule)) is not { } rule
            || Of<HandleGrowthOutcome>(nameof(result.Outcome)) is not { } outcome || !Enum.IsDefined(outcome))
        {
            throw NotConvertible(value, Kinds);
        }

        return new HandleGrowthResult
        {
            Rule = rule,
            Outcome = outcome,
            Device = Text(nameof(result.Device)),
            Context = Text(nameof(result.Context)),
            Holder = Text(nameof(result.Holder)) ?? "",
            HolderId = Of<int>(nameof(result.HolderId)),
            Owner = Text(nameof(result.Owner)) ?? "",
            OwnerId = Of<int>(nameof(result.OwnerId)),
            Interface = Text(nameof(result.Interface)),
            Metric = Of<HandleGrowthMetric>(nameof(result.Metric)) ?? HandleGrowthMetric.Handles,
            Unit = Text(nameof(result.Unit)) ?? "",
            Measured = Of<double>(nameof(result.Measured)),
            Allowed = Of<double>(nameof(result.Allowed)),
            Samples = Of<int>(nameof(result.Samples)) ?? 0,
            FirstSample = Text(nameof(result.FirstSample)),
            LastSample = Text(nameof(result.LastSample)),
            FirstTime = Time(nameof(result.FirstTime)),
            LastTime = Time(nameof(result.LastTime)),
            FirstCount = Of<double>(nameof(result.FirstCount)),
            LastCount = Of<double>(nameof(result.LastCount)),
            Evidence = Text(nameof(result.Evidence)) ?? "",
            Path = Text(nameof(result.Path)),
            Line = Of<long>(nameof(result.Line)),
            PolicyPath = Text(nameof(result.PolicyPath)),
            PolicyLine = Of<long>(nameof(result.PolicyLine)),
        };

        string? Text(string name) => Property(name) switch
        {
            string { Length: > 0 } text => text,
            null or string => null,
            var other => Convert.ToString(other, CultureInfo.InvariantCulture),
        };

        // A row of a CSV file has texts, and an empty one where there is none.
        T? Of<T>(string name)
            where T : struct =>
            Property(name) is not (null or "") and var found && LanguagePrimitives.TryConvertTo(found, CultureInfo.InvariantCulture, out T converted) ? converted : null;

        // Import-Clixml and jobs have the properties of a time instead.
        DateTimeOffset? Time(string name) => Property(name) is PSObject { BaseObject: PSCustomObject } time
            && Unwrap(time.Properties[nameof(DateTimeOffset.UtcTicks)]?.Value) is long ticks && Unwrap(time.Properties[nameof(DateTimeOffset.Offset)]?.Value) is TimeSpan offset
            && ticks >= DateTimeOffset.MinValue.Ticks && ticks <= DateTimeOffset.MaxValue.Ticks && offset.Duration() <= MostOffset && offset.Ticks % TimeSpan.TicksPerMinute == 0
                ? new DateTimeOffset(ticks, TimeSpan.Zero).ToOffset(offset)
                : Of<DateTimeOffset>(name);

        object? Property(string name) => copy.Properties[name]?.Value is { } found ? Unwrap(found) : null;
    }
}
