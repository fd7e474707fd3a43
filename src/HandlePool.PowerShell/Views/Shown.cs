using System.Collections;
using System.Globalization;
using System.Management.Automation;
using HandlePool.Text;

namespace HandlePool.PowerShell.Views;

/// <summary>Represents an object that a view shows: one of the model, or its copy from a job, a remote session or a file.</summary>
/// <remarks>
/// Both are read by the names of their properties, so that a copy looks like its original. In a copy, an object, an enumeration or a time
/// is a text, or a copy with that text, and any property may be missing or of another type: a file can contain anything.
/// </remarks>
internal sealed class Shown
{
    private readonly PSObject _object;

    internal Shown(object given) => _object = PSObject.AsPSObject(given);

    /// <summary>Gets the object of the model, or for a copy, an object without members of its own.</summary>
    internal object Original => _object.BaseObject;

    /// <summary>Gets the value of a property, or null if there is none.</summary>
    internal object? this[string property] => _object.Properties[property]?.Value;

    /// <summary>Returns an object in a property, or null if there is none.</summary>
    internal Shown? Part(string property) => this[property] is { } part ? new Shown(part) : null;

    /// <summary>Returns the items of a list in a property. Another value is one item.</summary>
    internal IEnumerable<Shown> Items(string property)
    {
        object? value = this[property];
        IEnumerable items = LanguagePrimitives.GetEnumerable(value) ?? (value is null ? Array.Empty<object>() : new[] { value });
        return items.Cast<object?>().Where(item => item is not null).Select(item => new Shown(item!));
    }

    /// <summary>Returns the printable text of a property, or null if there is none.</summary>
    internal string? Text(string property) => Part(property)?.ToString();

    /// <summary>Returns the printable and shortened text of a property, or null if there is none.</summary>
    internal string? Name(string property) => this[property] is { } name ? VisibleText.Name(PSObject.AsPSObject(name).ToString()) : null;

    /// <summary>Returns a number, a time span or a truth in a property, or null if there is none.</summary>
    internal T? Value<T>(string property)
        where T : struct => LanguagePrimitives.TryConvertTo(this[property], CultureInfo.InvariantCulture, out T? value) ? value : null;

    /// <summary>Returns a time in a property, or null if there is none.</summary>
    internal DateTimeOffset? Time(string property) => this[property] switch
    {
        DateTimeOffset time => time,
        { } copy when DateTimeOffset.TryParse(PSObject.AsPSObject(copy).ToString(), CultureInfo.InvariantCulture, out DateTimeOffset time) => time,
        _ => null,
    };

    /// <summary>Returns the printable text of the object.</summary>
    public override string ToString() => VisibleText.Of(_object.ToString());
}
