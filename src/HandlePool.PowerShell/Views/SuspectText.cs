using System.Globalization;
using System.Text;
using HandlePool.Analysis;
using HandlePool.Text;

namespace HandlePool.PowerShell.Views;

/// <summary>Writes a leak suspect and the reason, wrapped between words. A table would break within words.</summary>
internal static class SuspectText
{
    private const int Width = 78;
    private const string Indent = "    ";

    /// <summary>Returns the text, at most 78 columns wide where words allow.</summary>
    internal static string Write(HandleLeakSuspect suspect)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{suspect.Rank,2}. {suspect.HolderName} -> {suspect.OwnerName} ");
        string handles = Phrase.Count(suspect.Handles, "handle");
        text.Append(CultureInfo.InvariantCulture, $"({VisibleText.Name(suspect.Context)}): {handles}");
        int column = Width;
        foreach (string word in suspect.Reason.Split(' '))
        {
            if (column + 1 + word.Length > Width)
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
