using System.Collections;
using System.Management.Automation;

namespace HandlePool.PowerShell.Binding;

/// <summary>Refuses everything but objects of some types, for parameters that only the output of cmdlets fits.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LiveObjectAttribute : LiveAttribute
{
    private readonly Type[] _types;
    private readonly string _kind;

    /// <summary>Initializes the attribute.</summary>
    /// <param name="kind">The objects in words, and the cmdlet that writes them.</param>
    /// <param name="types">The types of the objects.</param>
    public LiveObjectAttribute(string kind, params Type[] types) => (_kind, _types) = (kind, types);

    /// <summary>Gets or sets whether the parameter takes any number of objects of the one type.</summary>
    /// <remarks>
    /// It need not be set. With it, an object is converted to a list of one, for which PowerShell would take longer than a cmdlet that does
    /// little with each object of a pipeline.
    /// </remarks>
    public bool TakesMany { get; set; }

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        // Almost all objects are single, and none of these types can be a copy.
        if (TakesMany && _types[0].IsInstanceOfType(Unwrap(inputData)))
        {
            object[] objects = (object[])Array.CreateInstance(_types[0], 1);
            objects[0] = Unwrap(inputData);
            return objects;
        }

        // A parameter that validates says what is wrong with null.
        if (base.Transform(engineIntrinsics, inputData) is not { } given)
            return inputData;
        IEnumerable items = Unwrap(given) is IList list ? list : new[] { given };
        foreach (object? item in items)
        {
            if (item is null || !Array.Exists(_types, type => type.IsInstanceOfType(Unwrap(item))))
                throw NotConvertible(item, _kind);
        }

        return given;
    }
}
