using System.Collections;
using System.Management.Automation;

namespace HandlePool.PowerShell.Binding;

/// <summary>Refuses everything but objects of a type, for parameters that only the output of a cmdlet fits.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LiveObjectAttribute : LiveAttribute
{
    private readonly Type _type;
    private readonly string _kind;

    /// <summary>Initializes the attribute.</summary>
    /// <param name="type">The type of the objects.</param>
    /// <param name="kind">The object in words, and the cmdlet that writes it.</param>
    public LiveObjectAttribute(Type type, string kind) => (_type, _kind) = (type, kind);

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        // A parameter that validates says what is wrong with null.
        if (base.Transform(engineIntrinsics, inputData) is not { } given)
            return inputData;
        IEnumerable items = Unwrap(given) is IList list ? list : new[] { given };
        foreach (object? item in items)
        {
            if (item is null || !_type.IsInstanceOfType(Unwrap(item)))
                throw NotConvertible(item, _kind);
        }

        return given;
    }
}
