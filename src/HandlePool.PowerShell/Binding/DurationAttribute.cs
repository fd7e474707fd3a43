using System.Collections;
using System.Globalization;
using System.Management.Automation;
using HandlePool.Text;

namespace HandlePool.PowerShell.Binding;

/// <summary>Converts durations: a <see cref="TimeSpan"/>, or text such as <c>0:0:0.05</c>.</summary>
/// <remarks>A number alone is refused: PowerShell would take 50 for 50 ticks, and the text '50' for 50 days.</remarks>
/// <param name="mostSeconds">The longest duration, in seconds.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DurationAttribute(int mostSeconds) : ArgumentTransformationAttribute
{
    /// <summary>Gets the longest duration, in seconds.</summary>
    public int MostSeconds { get; } = mostSeconds;

    /// <summary>Gets or sets whether a duration of 0 is allowed.</summary>
    public bool AllowZero { get; set; }

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => Unwrap(inputData) switch
    {
        string text => Convert(text),
        IList list => Convert(list, inputData),
        object value => Convert(value),
        null => inputData,
    };

    private object Convert(IList list, object inputData)
    {
        object[] converted = new object[list.Count];
        for (int i = 0; i < converted.Length; i++)
        {
            if (Unwrap(list[i]) is not { } item)
                return inputData;
            converted[i] = Convert(item);
        }

        return converted;
    }

    private object Convert(object value) => value switch
    {
        TimeSpan duration => Check(duration),
        string text when text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan duration) => Check(duration),
        string text => throw Refused(double.TryParse(text, CultureInfo.InvariantCulture, out _) ? $"{VisibleText.Name(text)} has no unit." : $"'{VisibleText.Name(text)}' is not a duration."),
        IConvertible number when number.GetTypeCode() is >= TypeCode.SByte and <= TypeCode.Decimal =>
            throw Refused(string.Create(CultureInfo.InvariantCulture, $"{number} has no unit.")),
        _ => value,
    };

    private TimeSpan Check(TimeSpan duration)
    {
        TimeSpan most = TimeSpan.FromSeconds(MostSeconds);
        return duration <= most && (duration > TimeSpan.Zero || (AllowZero && duration == TimeSpan.Zero)) ? duration
            : throw new ArgumentTransformationMetadataException($"{duration} is {(duration > most ? "too long" : "too short")}. "
                + $"Give a duration {(AllowZero ? "from 0 to" : "of more than 0 and at most")} {most}.");
    }

    private static ArgumentTransformationMetadataException Refused(string what) =>
        new($"{what} Give hours:minutes:seconds, such as 0:0:0.05 for 50 milliseconds, or the result of New-TimeSpan.");

    private static object? Unwrap(object? value) => value is PSObject wrapper ? wrapper.BaseObject : value;
}
