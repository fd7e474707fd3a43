namespace HandlePool;

/// <summary>A context of a session and its manager, who is asked for with each reference and hence is to be had without a lock.</summary>
internal sealed class BinderContext(string name)
{
    private volatile HandleNode? _managerNode;

    internal string Name { get; } = name;

    /// <summary>The manager's node, or null if there is no manager. Written with the session's lock held.</summary>
    internal HandleNode? ManagerNode
    {
        get => _managerNode;
        set => _managerNode = value;
    }
}
