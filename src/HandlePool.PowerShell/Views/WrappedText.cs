using System.Management.Automation;

namespace HandlePool.PowerShell.Views;

/// <summary>Writes a text that HandlePool.Format.ps1xml shows of an object, wrapped for a window, as <see cref="ViewText"/> does.</summary>
public sealed class WrappedText
{
    private readonly Func<Shown, int, string> _write;

    internal WrappedText(Func<Shown, int, string> write) => _write = write;

    /// <summary>Gets the text of an object.</summary>
    /// <param name="shown">The object.</param>
    /// <param name="width">The width of the window; null, as hosts without one have, for the usual width.</param>
    public string this[object shown, object? width] =>
        _write(new Shown(shown), LanguagePrimitives.TryConvertTo(width, out int columns) ? columns : 0);
}
