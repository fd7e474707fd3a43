using System.Globalization;
using System.Management.Automation;
using HandlePool.Analysis;
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

    /// <summary>The share that a <see cref="HandleUsage"/> is of all, in percent.</summary>
    public static string ShareText(PSObject instance) =>
        $"{(100 * ((HandleUsage)instance.BaseObject).Share).ToString("0.0", CultureInfo.InvariantCulture)}%";

    /// <summary>How much of a limit a <see cref="HandleUsage"/> reaches; nothing below half of it.</summary>
    public static string LimitText(PSObject instance) => (HandleUsage)instance.BaseObject is { Limit: { } limit, LimitShare: >= 0.5 and { } share }
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(100 * share):0}% of {limit.Handles}")
        : "";

    /// <summary>A <see cref="HandleLeakSuspect"/> in a line, and below it why.</summary>
    public static string Text(PSObject instance) => SuspectText.Write((HandleLeakSuspect)instance.BaseObject);

    /// <summary>The score of a <see cref="HandleLeakSuspect"/>, as exact as it deserves.</summary>
    public static string ScoreText(PSObject instance) => ((HandleLeakSuspect)instance.BaseObject).Score.ToString("0.0", CultureInfo.InvariantCulture);
}
