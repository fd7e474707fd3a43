using System.Collections;
using System.Globalization;
using System.Management.Automation;
using HandlePool.Text;

namespace HandlePool.PowerShell.Binding;

/// <summary>Converts text to the parameter's type when it is bound.</summary>
/// <remarks>
/// All values of a CSV file are text. PowerShell silently leaves a property unbound if it needs a conversion and another property
/// does not. With this attribute the property is bound, or the row is refused.
/// </remarks>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ConvertedAttribute : ArgumentTransformationAttribute
{
    private readonly Type _type;

    /// <summary>Initializes the attribute for a parameter of a type.</summary>
    public ConvertedAttribute(Type type) => _type = type;

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = Unwrap(inputData);
        if (_type == typeof(long[]) && value is IList list)
        {
            object[] items = new object[list.Count];
            for (int i = 0; i < items.Length; i++)
                items[i] = list[i] is { } item && Unwrap(item) is string element ? ToNumber(element) : list[i]!;
            return items;
        }

        // PowerShell would treat null as a switch that is present.
        if (value is null && _type == typeof(SwitchParameter))
            return default(SwitchParameter);

        // PowerShell would combine several names of an enumeration into one value, as if these were flags.
        if (_type.IsEnum && (value is IList || (value is string several && several.Contains(',', StringComparison.Ordinal))))
            throw new ArgumentTransformationMetadataException($"There is more than one value. Use one of {string.Join(", ", Enum.GetNames(_type))}.");

        if (value is not string text)
            return value is int number && _type == typeof(long) ? (long)number : inputData;
        if (_type == typeof(long) || _type == typeof(long[]))
            return ToNumber(text);
        if (_type == typeof(ulong))
        {
            return WholeNumber.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, out ulong cookie)
                ? cookie
                : throw NotConvertible(text);
        }

        if (_type == typeof(int))
        {
            long whole = ToNumber(text);
            return whole is >= int.MinValue and <= int.MaxValue ? (int)whole : throw NotConvertible(text);
        }

        return _type == typeof(SwitchParameter) ? ToSwitch(text) : ToEnum(text);
    }

    /// <summary>Reads a whole number. PowerShell's own conversion would read an empty string as 0, 1.7 as 2, and 1,2 as 12.</summary>
    private static long ToNumber(string text) =>
        WholeNumber.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, out long number)
            ? number
            : throw new ArgumentTransformationMetadataException($"'{text}' is not a whole number.");

    private static object? Unwrap(object? value) => value is PSObject wrapper ? wrapper.BaseObject : value;

    private SwitchParameter ToSwitch(string text) => text switch
    {
        "1" => true,
        "" or "0" => false,
        _ => bool.TryParse(text, out bool isPresent) ? isPresent : throw NotConvertible(text),
    };

    private object ToEnum(string text)
    {
        try
        {
            return LanguagePrimitives.ConvertTo(text, _type, CultureInfo.InvariantCulture);
        }
        catch (PSInvalidCastException exception)
        {
            // Without the inner exception: PowerShell would ignore a property whose conversion failed with a cast exception.
            throw new ArgumentTransformationMetadataException(exception.Message);
        }
    }

    private ArgumentTransformationMetadataException NotConvertible(string text) => new($"'{text}' cannot be converted to {_type.Name}.");
}
