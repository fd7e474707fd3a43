using System.Collections;
using System.Globalization;
using System.Management.Automation;
using HandlePool.Text;

namespace HandlePool.PowerShell.Binding;

/// <summary>Converts a range of handles: <c>1000..1999</c>, <c>1000-1999</c>, one or two numbers, or a run of a bitmap.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HandleRangeAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => Convert(inputData);

    /// <summary>Returns a run of handles.</summary>
    /// <exception cref="ArgumentTransformationMetadataException">The value is no range.</exception>
    internal static object Convert(object inputData)
    {
        object value = Unwrap(inputData);
        return value switch
        {
            HandleRun run => Check(run.First, run.Last),
            IList { Count: 1 or 2 } ends => Check(ToHandle(ends[0]), ToHandle(ends[ends.Count - 1])),
            IList list => FromSequence(list),
            string text when text.Split("..") is [string first, string last] => Check(ToHandle(first), ToHandle(last)),
            string { Length: > 1 } text when text.IndexOf('-', 1) is > 0 and int dash =>
                Check(ToHandle(text[..dash]), ToHandle(text[(dash + 1)..])),
            _ => Check(ToHandle(value), ToHandle(value)),
        };
    }

    /// <summary>Converts the value of the expression <c>(1000..1999)</c>: every number of the range.</summary>
    private static HandleRun FromSequence(IList list)
    {
        for (int i = 1; i < list.Count; i++)
        {
            if (ToHandle(list[i]) != ToHandle(list[i - 1]) + 1)
            {
                throw new ArgumentTransformationMetadataException("These handles are not consecutive. "
                    + "Give the first and the last handle of the range, such as 1000..1999 or 1000, 1999.");
            }
        }

        return list.Count == 0
            ? throw new ArgumentTransformationMetadataException("An empty list is not a range. Give the first and the last handle.")
            : Check(ToHandle(list[0]), ToHandle(list[list.Count - 1]));
    }

    private static HandleRun Check(long first, long last)
    {
        return first <= last
            ? new HandleRun((int)first, (int)last)
            : throw new ArgumentTransformationMetadataException(
                $"The range ends at handle {last}, before its start at {first}. Give the lower handle first.");
    }

    private static long ToHandle(object? value)
    {
        string text = System.Convert.ToString(Unwrap(value), CultureInfo.InvariantCulture) ?? "";
        return WholeNumber.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, out long handle) && handle is >= 0 and <= int.MaxValue
            ? handle
            : throw new ArgumentTransformationMetadataException($"'{VisibleText.Name(text)}' is not a handle. Use a whole number from 0 to {int.MaxValue}.");
    }

    private static object Unwrap(object? value) => value is PSObject wrapper ? wrapper.BaseObject : value!;
}

/// <summary>Converts what <see cref="HandleRangeAttribute"/> converts for functions that repeat a parameter without its attribute.</summary>
public sealed class HandleRangeConverter : PSTypeConverter
{
    /// <inheritdoc/>
    public override bool CanConvertFrom(object sourceValue, Type destinationType) => true;

    /// <inheritdoc/>
    public override object ConvertFrom(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase) =>
        HandleRangeAttribute.Convert(sourceValue);

    /// <inheritdoc/>
    public override bool CanConvertTo(object sourceValue, Type destinationType) => false;

    /// <inheritdoc/>
    public override object ConvertTo(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase) =>
        throw new NotSupportedException();
}
