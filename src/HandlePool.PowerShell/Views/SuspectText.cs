using System.Globalization;
using System.Text;
using HandlePool.Analysis;
using HandlePool.Text;

namespace HandlePool.PowerShell.Views;

/// <summary>Writes a leak suspect and the reason, wrapped between words. A table would break within words.</summary>
internal static class SuspectText
{
    private const int UsualWidth = 80;
    private const int LeastWidth = 40;
    private const string Indent = "    ";

    /// <summary>Returns the text, which is as wide as the window where words allow, but for two columns.</summary>
    /// <param name="suspect">The suspect.</param>
    /// <param name="window">The width of the window. Without one, 80 columns are used.</param>
    internal static string Write(Shown suspect, int window)
    {
        int width = (window < LeastWidth ? UsualWidth : window) - 2;
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{suspect.Text(nameof(HandleLeakSuspect.Rank)),2}. ");
        text.Append(CultureInfo.InvariantCulture, $"{suspect.Text(nameof(HandleLeakSuspect.HolderName))} -> {suspect.Text(nameof(HandleLeakSuspect.OwnerName))} ");
        string handles = Phrase.Count(suspect.Value<int>(nameof(HandleLeakSuspect.Handles)) ?? 0, "handle");
        text.Append(CultureInfo.InvariantCulture, $"({suspect.Name(nameof(HandleLeakSuspect.Context))}): {handles}");
        int column = width;
        foreach (string word in (suspect.Text(nameof(HandleLeakSuspect.Reason)) ?? "").Split(' '))
        {
            if (column + 1 + word.Length > width)
            {
                text.AppendLine().Append(Indent);
                column = Indent.Length;
            }
            else
            {
                text.Append(' ');
                column++;
            }

            text.Append(word);
            column += word.Length;
        }

        return text.AppendLine().ToString();
    }
}
