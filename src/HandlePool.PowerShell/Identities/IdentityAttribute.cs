using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace HandlePool.PowerShell;

/// <summary>Turns what a user gives for an object (the object, a name, a number) into an identity.</summary>
/// <remarks>
/// What fits none of these is passed on unchanged, so that the parameter's type refuses it: a node that comes down the
/// pipeline is then not taken for a process whose name it happens to print.
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

    /// <summary>A whole number as 64 bits, or null.</summary>
    private protected static long? ToNumber(object value) => value switch
    {
        int number => number,
        long number => number,
        byte or sbyte or short or ushort or uint => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        _ => null,
    };

    private static object Unwrap(object value) => value is PSObject wrapper ? wrapper.BaseObject : value;
}

/// <summary>For parameters of type <see cref="ProcessIdentity"/>.</summary>
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

/// <summary>For parameters of type <see cref="NodeIdentity"/>.</summary>
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

/// <summary>For parameters of type <see cref="SessionIdentity"/>.</summary>
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
