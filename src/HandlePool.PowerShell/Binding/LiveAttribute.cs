using System.Collections;
using System.Management.Automation;
using HandlePool.Text;

namespace HandlePool.PowerShell.Binding;

/// <summary>Refuses copies of the model's objects, such as those from jobs, remote sessions and Import-Clixml.</summary>
/// <remarks>The names and numbers of a copy mean something in the session that it was copied from, and something else in any other.</remarks>
[AttributeUsage(AttributeTargets.Property)]
public class LiveAttribute : ArgumentTransformationAttribute
{
    private const string CopyOf = "Deserialized.HandlePool.";

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        Check(inputData);
        if (Unwrap(inputData) is IList list)
        {
            foreach (object? item in list)
                Check(item);
        }

        return inputData;
    }

    /// <summary>Returns a copy itself, as its property <c>DeserializedObject</c>, which all cmdlets bind and refuse.</summary>
    public static PSObject GetSelf(PSObject instance) => instance;

    private protected static object Unwrap(object? value) => value is PSObject wrapper ? wrapper.BaseObject : value!;

    private static void Check(object? value)
    {
        if (value is not PSObject { BaseObject: PSCustomObject, TypeNames: [string type, ..] } copy
            || !type.StartsWith(CopyOf, StringComparison.Ordinal))
        {
            return;
        }

        throw new ArgumentTransformationMetadataException($"'{VisibleText.Name(copy.ToString())}' is a copy of a {type[(type.LastIndexOf('.') + 1)..]}, "
            + "from a job, a remote session or a file, and belongs to no session here. Get the object from a session of this runspace, "
            + "or run the command where the copy was made.");
    }
}
