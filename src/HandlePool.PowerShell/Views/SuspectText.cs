using HandlePool.Analysis;
using HandlePool.Text;

namespace HandlePool.PowerShell.Views;

/// <summary>Writes a leak suspect and the reason.</summary>
internal static class SuspectText
{
    /// <summary>Returns the text.</summary>
    /// <param name="suspect">The suspect.</param>
    /// <param name="window">The width of the window; 0 if there is none.</param>
    internal static string Write(Shown suspect, int window)
    {
        WrappedParagraph text = new(window);
        string handles = Phrase.Count(suspect.Value<int>(nameof(HandleLeakSuspect.Handles)) ?? 0, "handle");
        text.AddLine($"{suspect.Text(nameof(HandleLeakSuspect.Rank)),2}. {suspect.Text(nameof(HandleLeakSuspect.HolderName))} -> "
            + $"{suspect.Text(nameof(HandleLeakSuspect.OwnerName))} ({suspect.Name(nameof(HandleLeakSuspect.Context))}): {handles}");
        text.Add(suspect.Text(nameof(HandleLeakSuspect.Reason)) ?? "");
        return text.ToString();
    }
}
