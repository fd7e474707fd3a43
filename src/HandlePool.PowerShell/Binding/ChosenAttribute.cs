using System.Management.Automation;

namespace HandlePool.PowerShell.Binding;

/// <summary>Marks a mandatory switch that chooses what a cmdlet does, and refuses <c>$false</c>, which chooses nothing.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ChosenAttribute : ValidateArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        if (!LanguagePrimitives.IsTrue(arguments))
            throw new ValidationMetadataException("$false chooses nothing. Give the switch without a value, or omit it and give another.");
    }
}
