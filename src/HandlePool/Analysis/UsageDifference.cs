namespace HandlePool.Analysis;

/// <summary>How many references came, went and stayed.</summary>
internal struct UsageDifference
{
    internal int Added;
    internal int Removed;
    internal int Kept;
}
