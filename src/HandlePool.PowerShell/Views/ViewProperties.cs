using System.Management.Automation;
using HandlePool.Measurements;

namespace HandlePool.PowerShell;

/// <summary>The code properties of HandlePool.Types.ps1xml.</summary>
public static class ViewProperties
{
    /// <summary>The picture of a <see cref="HandleBitmap"/>.</summary>
    public static string Picture(PSObject instance) => BitmapPicture.Draw((HandleBitmap)instance.BaseObject);

    /// <summary>A star for the <see cref="HandleSession"/> that is the current one of this runspace.</summary>
    public static string Current(PSObject instance) => SessionStore.Here.IsCurrent((HandleSession)instance.BaseObject) ? "*" : "";

    /// <summary>The latency table of a <see cref="PoolMeasurement"/>.</summary>
    public static string Table(PSObject instance) => MeasurementTable.Draw((PoolMeasurement)instance.BaseObject);
}
