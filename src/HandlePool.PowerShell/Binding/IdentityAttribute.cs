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

/// <summary>Converts values for parameters of type <see cref="ProcessIdentity"/>.</summary>
public sealed class ProcessIdentityAttribute : IdentityAttribute
{
    private protected override object? Identify(object value) => value switch
    {
        HandleProcess or string { Length: > 0 } => new ProcessIdentity(value),
        ProcessIdentity => value,
        _ => ToNumber(value) is { } number ? new ProcessIdentity(number) : null,
    };

    private protected override Array NewArray(int length) => new ProcessIdentity[length];
}

/// <summary>Converts values for parameters of type <see cref="NodeIdentity"/>.</summary>
public sealed class NodeIdentityAttribute : IdentityAttribute
{
    private protected override object? Identify(object value) => value switch
    {
        HandleNode or string { Length: > 0 } => new NodeIdentity(value),
        NodeIdentity => value,
        _ => ToNumber(value) is { } number ? new NodeIdentity(number) : null,
    };

    private protected override Array NewArray(int length) => new NodeIdentity[length];
}

/// <summary>Converts values for parameters of type <see cref="SessionIdentity"/>.</summary>
public sealed class SessionIdentityAttribute : IdentityAttribute
{
    private protected override object? Identify(object value) => value switch
    {
        HandleSession or string { Length: > 0 } => new SessionIdentity(value),
        SessionIdentity => value,
        _ => null,
    };

    private protected override Array NewArray(int length) => new SessionIdentity[length];
}
