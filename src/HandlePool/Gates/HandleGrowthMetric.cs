namespace HandlePool.Gates;

/// <summary>Specifies what a rule of a policy measures.</summary>
public enum HandleGrowthMetric
{
    /// <summary>Handles. States, lists of holders and statistics tell them, statistics without owners.</summary>
    Handles,

    /// <summary>The handles as a percentage of the number at which Android acts: see <see cref="Analysis.HandleLimit"/>.</summary>
    LimitPercent,

    /// <summary>The sum of the strong counts of the references. Lists of holders do not tell it.</summary>
    Strong,

    /// <summary>The sum of the weak counts of the references. Lists of holders do not tell it.</summary>
    Weak,

    /// <summary>References that have weak counts only. Only states tell them.</summary>
    WeakOnly,

    /// <summary>Handles to nodes that no other process holds. Only states tell them.</summary>
    SingleHolder,

    /// <summary>The living nodes that an owner offers.</summary>
    Nodes,

    /// <summary>The buffers that a process has not freed. Only statistics tell them.</summary>
    Buffers,

    /// <summary>The threads of a process that have used the device. Only statistics tell them.</summary>
    Threads,

    /// <summary>The death notifications that a process has requested and not cleared. Only statistics tell them.</summary>
    DeathLinks,
}
