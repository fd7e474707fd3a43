namespace HandlePool.Gates;

/// <summary>Specifies what a rule of a policy decided.</summary>
public enum HandleGrowthOutcome
{
    /// <summary>What was measured is allowed.</summary>
    Passed,

    /// <summary>More was measured than is allowed.</summary>
    Failed,

    /// <summary>The samples do not tell: too few of them show the processes, or they do not say what the rule asks for.</summary>
    Undecidable,
}
