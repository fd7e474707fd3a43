namespace HandlePool;

/// <summary>Defines an object that belongs to a session.</summary>
/// <remarks>
/// Classes implement it explicitly. PowerShell shows such a property anyway, but ConvertTo-Json, which uses the public properties
/// of the class, does not write the session again with each process and node of another object. The interface is public, as PowerShell
/// shows the properties of public interfaces only.
/// </remarks>
public interface ISessionMember
{
    /// <summary>Gets the session.</summary>
    HandleSession Session { get; }
}
