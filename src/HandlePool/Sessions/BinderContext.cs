namespace HandlePool;

/// <summary>Represents a context of a session and its manager, which each reference reads without a lock.</summary>
internal sealed class BinderContext(string name)
{
    private volatile HandleNode? _managerNode;

    internal string Name { get; } = name;

    /// <summary>Gets or sets the manager's node, or null if there is no manager. Set it with the session's lock held.</summary>
    internal HandleNode? ManagerNode
    {
        get => _managerNode;
        set => _managerNode = value;
    }

    /// <summary>
    /// Gets or sets the uid of its first manager, which all later ones must have; null if it had none yet. The session's lock must be
    /// held.
    /// </summary>
    internal int? ManagerUid { get; set; }
}
