using System.Text;

namespace HandlePool.PowerShell.Views;

/// <summary>Writes paragraphs that are wrapped between words, as wide as the window where words allow. A table would break within words.</summary>
/// <param name="window">The width of the window. Without one, 80 columns are used.</param>
internal sealed class WrappedParagraph(int window)
{
    private const int UsualWidth = 80;
    private const int LeastWidth = 40;

    private readonly int _width = (window < LeastWidth ? UsualWidth : window) - 2;
    private readonly StringBuilder _text = new();

    /// <summary>Adds a line as it is.</summary>
    internal void AddLine(string line) => _text.AppendLine(line);

    /// <summary>Adds a text under an indentation, which is that of all its lines but for a mark before the first.</summary>
    internal void Add(string text, string mark = "    ")
    {
        string indent = new(' ', mark.Length);
        _text.Append(mark);
        int column = mark.Length;
        bool isFirst = true;
        foreach (string word in text.Split(' '))
        {
            if (!isFirst && column + 1 + word.Length > _width)
            {
                _text.AppendLine().Append(indent);
                column = indent.Length;
            }
            else if (!isFirst)
            {
                _text.Append(' ');
                column++;
            }

            _text.Append(word);
            column += word.Length;
            isFirst = false;
        }

        _text.AppendLine();
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
