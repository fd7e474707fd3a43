using System.Globalization;
using System.Text;
using HandlePool.Analysis;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Shows who is suspect of leaking, and why, in whole words: a table would break them.</summary>
internal static class SuspectText
{
    private const int Width = 78;
    private const string Indent = "    ";

    internal static string Write(HandleLeakSuspect suspect)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture,
            $"{suspect.Place,2}. {suspect.HolderName} -> {suspect.OwnerName} ({VisibleText.Name(suspect.Context)}): {suspect.Handles} handles");
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
