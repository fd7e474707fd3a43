namespace HandlePool;

/// <summary>What belongs to a session.</summary>
/// <remarks>
/// Classes implement it explicitly: PowerShell shows such a property all the same, while ConvertTo-Json, which goes by the
/// public properties of the class, does not write the session again with each process and node that another object has.
/// </remarks>
public interface ISessionMember
{
    /// <summary>The session.</summary>
    HandleSession Session { get; }
}
