using HandlePool.Analysis;

namespace HandlePool.PowerShell.Binding;

/// <summary>Finds the redactor for the parameters -Redact and -RedactKey.</summary>
internal static class Redaction
{
    // Nobody knows its key, which is gone with the process of PowerShell.
    private static readonly HandleRedactor OfProcess = new();

    /// <summary>Returns the redactor of a key, that of this process without one; null if neither parameter is given.</summary>
    internal static HandleRedactor? For(bool isWanted, string? key) => key is not null ? new HandleRedactor(key) : isWanted ? OfProcess : null;
}
