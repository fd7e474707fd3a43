using System.Collections;
using System.Management.Automation;
using HandlePool.Text;

namespace HandlePool.PowerShell.Binding;

/// <summary>Refuses copies of the model's objects, such as those from jobs, remote sessions and Import-Clixml.</summary>
/// <remarks>
/// The names and numbers of a copy mean something in the session that it was copied from, and something else in any other. A recorded
/// operation is data, which any session can replay, and so is a result of a gate. A cmdlet that takes properties of objects takes objects as well, by parameters with this
/// attribute: PowerShell binds those first, so that no property of a copy is bound.
/// </remarks>
[AttributeUsage(AttributeTargets.Property)]
public class LiveAttribute : ArgumentTransformationAttribute
{
    private const string CopyOf = "Deserialized.HandlePool.";

    // What is data wherever it is.
    private static readonly string[] CopiesOfData = [CopyOf + nameof(HandleOperation), CopyOf + "Gates." + nameof(Gates.HandleGrowthResult)];

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        RefuseCopy(inputData);
        if (Unwrap(inputData) is IList list)
        {
            foreach (object? item in list)
                RefuseCopy(item);
        }

        return inputData;
    }

    private protected static object Unwrap(object? value) => value is PSObject wrapper ? wrapper.BaseObject : value!;

    /// <summary>Returns the error. With its inner exception, PowerShell looks for another parameter for an object from the pipeline.</summary>
    /// <param name="value">What was given.</param>
    /// <param name="kinds">The kinds of values that are taken, as the object of a sentence.</param>
    internal static ArgumentTransformationMetadataException NotConvertible(object? value, string kinds)
    {
        object? unwrapped = Unwrap(value);
        string shown = LanguagePrimitives.ConvertTo<string>(value) ?? "";
        string text = shown.Length == 0 ? "An empty value"
            : shown == unwrapped.GetType().ToString() ? $"A value of type {VisibleType(unwrapped)}"
            : $"'{VisibleText.Name(shown)}' ({VisibleType(unwrapped)})";
        string message = $"{text} is not {kinds}.";
        return new ArgumentTransformationMetadataException(message, new PSInvalidCastException(message));
    }

    /// <summary>Returns the name of an object's type, or of the base type that Get-Member shows.</summary>
    private static string VisibleType(object value)
    {
        Type type = value.GetType();
        while (!type.IsVisible)
            type = type.BaseType!;
        return type.Name;
    }

    /// <summary>Refuses a copy.</summary>
    /// <exception cref="ArgumentTransformationMetadataException">The object is a copy.</exception>
    internal static void RefuseCopy(object? value)
    {
        if (value is not PSObject { BaseObject: PSCustomObject, TypeNames: [string type, ..] } copy
            || !type.StartsWith(CopyOf, StringComparison.Ordinal) || CopiesOfData.Contains(type))
        {
            return;
        }

        string name = type[(type.LastIndexOf('.') + 1)..].Split('#')[0];
        throw new ArgumentTransformationMetadataException($"'{VisibleText.Name(copy.ToString())}' is a copy of a {name}, "
            + "from a job, a remote session or a file, and belongs to no session here. Get the object from a session of this runspace, "
            + "or run the command where the copy was made.");
    }
}
