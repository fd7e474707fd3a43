using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace HandlePool.PowerShell;

/// <summary>Turns text into the parameter's type as soon as it is bound.</summary>
/// <remarks>
/// The rows of a CSV file are all text, and PowerShell leaves a property unbound, without a word, if it needs converting and
/// another one did not. With this, it is bound, or the row is refused.
/// </remarks>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ConvertedAttribute : ArgumentTransformationAttribute
{
    private readonly Type _type;

    /// <summary>For a parameter of that type.</summary>
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

        // PowerShell takes null for a switch as the switch being there.
        if (value is null && _type == typeof(SwitchParameter))
            return default(SwitchParameter);

        if (value is not string text)
            return value is int number && _type == typeof(long) ? (long)number : inputData;
        if (_type == typeof(long) || _type == typeof(long[]))
            return ToNumber(text);
        if (_type == typeof(int))
        {
            long whole = ToNumber(text);
            return whole is >= int.MinValue and <= int.MaxValue ? (int)whole : throw Unreadable(text);
        }

        return _type == typeof(SwitchParameter) ? ToSwitch(text) : ToEnum(text);
    }

    /// <summary>A whole number in digits. PowerShell's own conversion would take nothing for 0, 1.7 for 2 and 1,2 for 12.</summary>
    private static long ToNumber(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new ArgumentTransformationMetadataException($"'{text}' is no whole number.");

    private static object? Unwrap(object? value) => value is PSObject wrapper ? wrapper.BaseObject : value;

    private SwitchParameter ToSwitch(string text) => text switch
    {
        "1" => true,
        "" or "0" => false,
        _ => bool.TryParse(text, out bool isPresent) ? isPresent : throw Unreadable(text),
    };

    private object ToEnum(string text)
    {
        try
        {
            return LanguagePrimitives.ConvertTo(text, _type, CultureInfo.InvariantCulture);
        }
        catch (PSInvalidCastException exception)
        {
            // Without the inner exception: PowerShell takes a failed cast for a property that is not meant, and goes on without it.
            throw new ArgumentTransformationMetadataException(exception.Message);
        }
    }

    private ArgumentTransformationMetadataException Unreadable(string text) => new($"'{text}' cannot be read as {_type.Name}.");
}
