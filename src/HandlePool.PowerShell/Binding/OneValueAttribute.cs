using System.Collections;
using System.Management.Automation;

namespace HandlePool.PowerShell.Binding;

/// <summary>Refuses a list for a parameter that takes one value. PowerShell's own error names the types, and that a method is not supported.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OneValueAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapper ? wrapper.BaseObject : inputData) is IList list ? Only(list) : inputData;

    /// <summary>Returns the only item of a list.</summary>
    /// <exception cref="ArgumentTransformationMetadataException">
    /// There is none, or more than one. With its inner exception, PowerShell looks for another parameter for an object from the pipeline.
    /// </exception>
    private static object Only(IList list)
    {
        if (list.Count == 1)
            return list[0]!;
        string message = list.Count == 0 ? "There is no value. Give one." : $"There are {list.Count} values. Give one.";
        throw new ArgumentTransformationMetadataException(message, new PSInvalidCastException(message));
    }
}
