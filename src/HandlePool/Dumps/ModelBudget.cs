using System.Globalization;

namespace HandlePool.Dumps;

/// <summary>How much memory the sessions of one file may take, so that a small one cannot take all that there is.</summary>
/// <remarks>
/// A true dump makes a model of about the size of its text; lines can be chosen that make a model of two hundred times theirs.
/// </remarks>
internal sealed class ModelBudget
{
    /// <summary>What the sessions of any file may take, in bytes, about: 1.5 GB.</summary>
    internal const long LeastLimit = 1_500_000_000;

    /// <summary>How many times the text of a larger dump its sessions may take.</summary>
    internal const int LargestRatio = 7;

    private long _text;
    private long _model;

    /// <summary>Whether the sessions take more than they may.</summary>
    internal bool IsExceeded => _model > Limit;

    private long Limit => Math.Max(LeastLimit, LargestRatio * _text);

    /// <summary>Notes text that was read, and by how much the model grew, in bytes.</summary>
    internal void Take(long text, long model)
    {
        _text += text;
        _model += model;
    }

    /// <summary>What to say when the limit is reached.</summary>
    internal string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"the sessions of this file take more than {Limit} bytes of memory, which is the limit for so much text. What comes after this line is not read.");
}
