using System.Globalization;

namespace HandlePool.Dumps;

/// <summary>Limits the memory of the sessions of one file, so that a small file cannot exhaust it.</summary>
/// <remarks>
/// The sessions of a real dump take about as much as its text; a crafted dump can take two hundred times as much.
/// </remarks>
internal sealed class ModelBudget
{
    /// <summary>The limit for any file, in bytes, about: 1.5 GB.</summary>
    internal const long LeastLimit = 1_500_000_000;

    /// <summary>The limit for a larger dump, as a multiple of its text.</summary>
    internal const int LargestRatio = 7;

    private long _text;
    private long _model;

    /// <summary>Gets whether the sessions exceed the limit.</summary>
    internal bool IsExceeded => _model > Limit;

    private long Limit => Math.Max(LeastLimit, LargestRatio * _text);

    /// <summary>Counts text that was read, and the growth of the sessions, in bytes.</summary>
    internal void Take(long text, long model)
    {
        _text += text;
        _model += model;
    }

    /// <summary>Returns the message for a file that exceeds the limit.</summary>
    internal string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"the sessions of this file take more than {Limit} bytes of memory, the limit for its size. The rest of the file was not read.");
}
