using System.Runtime.CompilerServices;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool;

/// <summary>Represents a binder node: an object that a process offers, and that others hold by their own handles.</summary>
/// <remarks>
/// The object remains usable when the node is gone; <see cref="TableNode.IsDead"/> is then true. Thread-safe.
/// </remarks>
public class HandleNode : TableNode, ISessionMember
{
    private static readonly HandleList<int> NoHolders = new([]);

    // The owner, which knows the session, or else the session; of a node with a name, the name with these. A node is to be small: a dump has many, without names.
    private object _home;

    internal HandleNode(HandleSession session, long id, string? name, HandleProcess? owner)
        : base(id)
    {
        object home = (object?)owner ?? session;
        _home = name is null ? home : new NamedHome(name, home);
    }

    /// <summary>Gets the name, or null. Dumps contain no names of nodes.</summary>
    public string? Name => (_home as NamedHome)?.Name;

    /// <summary>Gets the process that offers or offered it; null if a dump does not contain it.</summary>
    public HandleProcess? Owner
    {
        get => _home as HandleProcess ?? FindOwner();
        internal set
        {
            object home = (object?)value ?? Session;
            if (_home is NamedHome named)
                named.Home = home;
            else
                _home = home;
        }
    }

    /// <summary>Gets the object that tells the owner. Nodes with the same one have the same owner; those with names have one each.</summary>
    internal object Home => _home;

    /// <summary>Gets the name of the owner in a form that is safe to display or, without one, its pid; null if a dump does not contain it.</summary>
    public string? OwnerName => Owner?.ToString();

    /// <summary>Gets the context of its owner, or null if the owner is unknown.</summary>
    public string? Context => Owner?.Context;

    /// <summary>Gets the descriptor of its interface, if it is known: of the service manager's node, or by what a bug report says; null otherwise.</summary>
    /// <remarks><see cref="GetCandidates"/> has the reasons, and what may be. The report speaks of the dump; what is done to the session does not matter.</remarks>
    public string? Interface => Session.Interfaces.NameOf(this);

    /// <summary>Gets the number of processes that hold the node: by references, and those of <see cref="ListedHolders"/>.</summary>
    /// <remarks>A dead node, and one whose owner is unknown, counts those by references only.</remarks>
    public int HolderCount => !HasListedHolders || IsDead || Owner is null ? TableCount : TableCount + ListedHolderCount;

    /// <summary>Gets the flags and counts that a dump prints for it; null if no dump does.</summary>
    public HandleNodeCounts? ListedCounts => (this as ListedNode)?.Counts;

    /// <summary>
    /// Gets the pids that a dump lists as its holders, without those whose references the dump shows; empty if there is none.
    /// </summary>
    /// <remarks>
    /// The dump of a single process shows no references of other processes to its nodes: only these lists tell who holds them. A pid
    /// stands here once for each reference. The list does not change with the session.
    /// </remarks>
    public IReadOnlyList<int> ListedHolders => this is ListedNode { Holders: { Length: > 0 } holders } ? new HandleList<int>(holders) : NoHolders;

    /// <summary>Gets the address of the object in the owner that a dump prints; 0 if it is null or hidden. Null if no dump prints it.</summary>
    public ulong? ListedPointer => (this as ListedNode)?.Pointer;

    /// <summary>Gets the owner's second value for the object that a dump prints, for libbinder the address of the object itself.</summary>
    /// <remarks>0 if it is null or hidden. Null if no dump prints it.</remarks>
    public ulong? ListedCookie => (this as ListedNode)?.Cookie;

    /// <summary>Gets the number of <see cref="ListedHolders"/>.</summary>
    internal int ListedHolderCount => (this as ListedNode)?.ListedCount ?? 0;

    internal override bool IsOwnerFrozen => Owner is { IsFrozen: true };

    internal override bool IsOwnerFreezing => Owner is { IsFreezing: true };

    HandleSession ISessionMember.Session => Session;

    /// <summary>Gets the session that it belongs to.</summary>
    internal HandleSession Session => SessionOf((_home as NamedHome)?.Home ?? _home);

    /// <summary>Gets or sets the number of the run of references, all of one process, that was the last to have one to it while the session was built.</summary>
    /// <remarks>Of more runs than there are numbers, some share one.</remarks>
    internal ushort LastRun { get; set; }

    /// <summary>Gets or sets the index in its owner's list or, while the session is built, that of an owner that it got later: see <see cref="ListedNode.SetLateOwner"/>.</summary>
    internal int OwnerIndex { get; set; }

    /// <summary>Returns what is known of its interface, the strongest statement first; empty if nothing is.</summary>
    /// <remarks>
    /// Most statements are about a group of nodes of which it is one. This is a method so that ConvertTo-Json does not write them with each
    /// node. In PowerShell, the node has the property Candidates.
    /// </remarks>
    public HandleList<HandleInterface> GetCandidates() => Session.Interfaces.Find(this);

    /// <summary>Returns whether this is the same object, or its name or id.</summary>
    /// <remarks>
    /// PowerShell asks the left operand: <c>$reference.Owner -eq 'system_server'</c> is then true, as the comparison the other way round is.
    /// A text is compared with the name, the id and what <see cref="ToString"/> returns, ignoring case, and a number with the id. Two objects
    /// of one name are not equal.
    /// </remarks>
    public override bool Equals(object? obj) => NameComparison.AreEqual(this, Name, Id, obj);

    /// <inheritdoc/>
    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    /// <summary>Returns the name in a form that is safe to display or, without one, the id.</summary>
    public override string ToString() => Name is { } name ? VisibleText.Name(name) : Id.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private HandleProcess? FindOwner() =>
        _home is HandleSession session ? session.Listings.LateOwner(OwnerIndex) : ((NamedHome)_home).Home as HandleProcess;

    private static HandleSession SessionOf(object home) => home is HandleProcess owner ? owner.Session : (HandleSession)home;

    /// <summary>Represents the name of a node, with its owner or its session.</summary>
    private sealed class NamedHome(string name, object home)
    {
        internal string Name { get; } = name;

        internal object Home { get; set; } = home;
    }
}
