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
        object value = inputData is PSObject wrapper ? wrapper.BaseObject : inputData;
        if (value is not string text)
            return value is int number && _type == typeof(long) ? (long)number : inputData;

        try
        {
            return _type == typeof(SwitchParameter)
                ? new SwitchParameter(text.Length > 0 && (text == "1" || (text != "0" && bool.Parse(text))))
                : LanguagePrimitives.ConvertTo(text, _type, CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is PSInvalidCastException or FormatException)
        {
            // Without the inner exception: PowerShell takes a failed cast for a property that is not meant, and goes on without it.
            throw new ArgumentTransformationMetadataException($"'{text}' cannot be read as {_type.Name}: {exception.Message}");
        }
    }
}
