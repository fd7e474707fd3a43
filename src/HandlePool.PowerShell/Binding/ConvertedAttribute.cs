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
    private readonly Type? _enum;

    /// <summary>Initializes the attribute for a parameter of a type.</summary>
    public ConvertedAttribute(Type type)
    {
        _type = type;
        Type one = type.GetElementType() ?? Nullable.GetUnderlyingType(type) ?? type;
        _enum = one.IsEnum ? one : null;
    }

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

        if (_enum is not null)
        {
            return value is null && !_type.IsEnum ? inputData
                : value is IList names && _type.IsArray ? names.Cast<object?>().Select(name => ToEnum(name, _enum)).ToArray()
                : ToEnum(value, _enum);
        }

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

        return ToSwitch(text);
    }

    /// <summary>Reads a whole number. PowerShell's own conversion would read an empty string as 0, 1.7 as 2, and 1,2 as 12.</summary>
    private static long ToNumber(string text) =>
        WholeNumber.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, out long number)
            ? number
            : throw new ArgumentTransformationMetadataException($"'{VisibleText.Name(text)}' is not a whole number.");

    private static object? Unwrap(object? value) => value is PSObject wrapper ? wrapper.BaseObject : value;

    private SwitchParameter ToSwitch(string text) => text switch
    {
        "1" => true,
        "" or "0" => false,
        _ => bool.TryParse(text, out bool isPresent) ? isPresent : throw NotConvertible(text),
    };

    /// <summary>Converts a name, the beginning of one, or a number.</summary>
    /// <remarks>
    /// PowerShell would combine several names into one value, as if these were flags. The error has no inner exception: with a cast exception,
    /// PowerShell would ignore the property.
    /// </remarks>
    private static object ToEnum(object? value, Type type)
    {
        object? given = Unwrap(value);
        if (given is not null && given.GetType() == type)
            return given;
        if ((given is string name ? !name.Contains(',', StringComparison.Ordinal) : given?.GetType().IsPrimitive == true)
            && LanguagePrimitives.TryConvertTo(given, type, CultureInfo.InvariantCulture, out object converted))
        {
            return converted;
        }

        string shown = LanguagePrimitives.ConvertTo<string>(given) is { Length: > 0 } text ? $"'{VisibleText.Name(text)}'" : "An empty value";
        throw new ArgumentTransformationMetadataException($"{shown} is not one of {string.Join(", ", Enum.GetNames(type))}.");
    }

    private ArgumentTransformationMetadataException NotConvertible(string text) => new($"'{VisibleText.Name(text)}' cannot be converted to {_type.Name}.");
}
