using System.Globalization;
using HandlePool.Text;

namespace HandlePool;

/// <summary>Represents what is known of the interface of a node, or of the nodes behind some handles, with the arithmetic. Immutable.</summary>
/// <remarks>
/// It is a statement about a group, of which a node may be one: of <see cref="Of"/> members, <see cref="AtLeast"/> to <see cref="AtMost"/> have
/// the interface. docs/evidence.md has the rules of inference.
/// </remarks>
public sealed class HandleInterface
{
    internal HandleInterface(string name, InterfaceCertainty certainty, int atLeast, int atMost, int of, string reason, IReadOnlyList<HandleEvidence> evidence)
    {
        Name = name;
        Certainty = certainty;
        AtLeast = atLeast;
        AtMost = atMost;
        Of = of;
        Reason = reason;
        Evidence = new HandleList<HandleEvidence>([.. evidence]);
    }

    /// <summary>Gets the interface, by its descriptor.</summary>
    public string Name { get; }

    /// <summary>Gets what the statement rests on.</summary>
    public InterfaceCertainty Certainty { get; }

    /// <summary>Gets the least number of members of the group that have the interface; 0 for a guess.</summary>
    public int AtLeast { get; }

    /// <summary>Gets the greatest number of members of the group that have the interface.</summary>
    public int AtMost { get; }

    /// <summary>Gets the number of members of the group: 1 for a statement about one node.</summary>
    public int Of { get; }

    /// <summary>Gets the arithmetic, in whole sentences.</summary>
    public string Reason { get; }

    /// <summary>Gets the facts of the report that it follows from; empty if it follows from the dump alone.</summary>
    public HandleList<HandleEvidence> Evidence { get; }

    /// <summary>Gets whether all members of the group have the interface.</summary>
    internal bool IsOfAll => AtLeast == Of && Certainty != InterfaceCertainty.Guess;

    /// <inheritdoc/>
    public override string ToString()
    {
        string name = VisibleText.Name(Name);
        return Certainty == InterfaceCertainty.Guess ? $"{name}?"
            : Of == 1 ? name
            : string.Create(CultureInfo.CurrentCulture, $"{name} {(AtLeast == AtMost ? "" : "at least ")}{AtLeast} of {Of}");
    }
}

/// <summary>Specifies what a statement about interfaces rests on.</summary>
public enum InterfaceCertainty
{
    /// <summary>It fits the counts, which do not force it; or counts that contradict each other or are of another time do.</summary>
    Guess,

    /// <summary>Counts and lists of the report force it, if what they count did not change between them and the dump.</summary>
    Bounded,

    /// <summary>The driver's rules force it, whenever the texts were taken.</summary>
    Certain,
}
