namespace HandlePool;

/// <summary>Defines an object that belongs to a session.</summary>
/// <remarks>
/// Classes implement it explicitly. PowerShell shows such a property anyway, but ConvertTo-Json, which uses the public properties
/// of the class, does not write the session again with each process and node of another object.
/// </remarks>
internal interface ISessionMember
{
    /// <summary>Gets the session.</summary>
    HandleSession Session { get; }
}
