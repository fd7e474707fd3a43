using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace HandlePool.PowerShell.Binding;

/// <summary>Converts an object, a name or a number to an identity.</summary>
/// <remarks>
/// Any other value is passed on unchanged, so that the parameter's type refuses it. Otherwise a node from the pipeline could be
/// mistaken for a process that is named like the node.
/// </remarks>
[AttributeUsage(AttributeTargets.Property)]
public abstract class IdentityAttribute : ArgumentTransformationAttribute
{
    private protected IdentityAttribute()
    {
    }

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object value = Unwrap(inputData);
        if (value is string || value is not IList list)
            return Identify(value) ?? inputData;

        Array identities = NewArray(list.Count);
        for (int i = 0; i < list.Count; i++)
        {
            if (list[i] is not { } item || Identify(Unwrap(item)) is not { } identity)
                return inputData;
            identities.SetValue(identity, i);
        }

        return identities;
    }

    private protected abstract object? Identify(object value);

    private protected abstract Array NewArray(int length);

    /// <summary>Returns a whole number as 64 bits, or null for anything else.</summary>
    private protected static long? ToNumber(object value) => value switch
    {
        int number => number,
        long number => number,
        byte or sbyte or short or ushort or uint => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        _ => null,
    };

    private static object Unwrap(object value) => value is PSObject wrapper ? wrapper.BaseObject : value;
}
