using System.Collections;
using System.Management.Automation;

namespace HandlePool.PowerShell.Binding;

/// <summary>Takes texts and numbers as names, and refuses everything else.</summary>
/// <remarks>
/// PowerShell would make a text of any object: the name of a process in another session, or <c>System.Collections.Hashtable</c>.
/// </remarks>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NameTextAttribute : LiveAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object given = base.Transform(engineIntrinsics, inputData);
        object? value = Unwrap(given);
        if (value is IList list)
        {
            foreach (object? item in list)
                Check(Unwrap(item));
        }
        else
        {
            Check(value);
        }

        return given;
    }

    private static void Check(object? value)
    {
        if (value is not (null or string or char or byte or sbyte or short or ushort or int or uint or long or ulong or double or decimal))
            throw NotConvertible(value, "a name, which is text");
    }
}
