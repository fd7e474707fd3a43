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

    /// <summary>Gets or sets whether the parameter takes any number of values.</summary>
    /// <remarks>
    /// It need not be set. With it, an object is converted to a list of one, for which PowerShell would take longer than a cmdlet that does
    /// little with each object of a pipeline.
    /// </remarks>
    public bool TakesMany { get; set; }

    /// <summary>Gets the kinds of values that are converted, as the object of a sentence.</summary>
    private protected abstract string Kinds { get; }

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        // Almost all values are single, and none that is identified can be a copy.
        if (Unwrap(inputData) is { } one && Identify(one) is { } single)
            return TakesMany ? ListOf(single) : single;

        // A parameter that validates says what is wrong with null.
        if (base.Transform(engineIntrinsics, inputData) is not { } given)
            return inputData;

        object value = Unwrap(given);
        if (value is not IList list)
            throw NotConvertible(value, Kinds);

        Array identities = NewArray(list.Count);
        for (int i = 0; i < list.Count; i++)
            identities.SetValue((list[i] is { } item ? Identify(Unwrap(item)) : null) ?? throw NotConvertible(list[i], Kinds), i);
        return identities;
    }

    private protected abstract object? Identify(object value);

    private protected abstract Array NewArray(int length);

    private Array ListOf(object identity)
    {
        Array identities = NewArray(1);
        ((object[])identities)[0] = identity;
        return identities;
    }

    /// <summary>Returns a whole number as 64 bits, or null for anything else.</summary>
    private protected static long? ToNumber(object value) => value switch
    {
        int number => number,
        long number => number,
        byte or sbyte or short or ushort or uint => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        _ => null,
    };
}
