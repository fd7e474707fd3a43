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
}
