using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace HandlePool.PowerShell.Binding;

/// <summary>Converts an object, a name or a number to an identity.</summary>
/// <remarks>
/// Any other value is refused. Otherwise a node from the pipeline could be mistaken for a process that is named like the node.
/// </remarks>
[AttributeUsage(AttributeTargets.Property)]
public abstract class IdentityAttribute : LiveAttribute
{
    private protected IdentityAttribute()
    {
    }

    /// <summary>Gets the kinds of values that are converted, as the object of a sentence.</summary>
    private protected abstract string Kinds { get; }

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        // A parameter that validates says what is wrong with null.
        if (base.Transform(engineIntrinsics, inputData) is not { } given)
            return inputData;

        object value = Unwrap(given);
        if (value is string || value is not IList list)
            return Identify(value) ?? throw NotConvertible(value, Kinds);

        Array identities = NewArray(list.Count);
        for (int i = 0; i < list.Count; i++)
            identities.SetValue((list[i] is { } item ? Identify(Unwrap(item)) : null) ?? throw NotConvertible(list[i], Kinds), i);
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
}
