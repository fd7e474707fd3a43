using System.Management.Automation;
using HandlePool.PowerShell.Binding;

namespace HandlePool.PowerShell.Views;

/// <summary>Implements the code properties of HandlePool.Types.ps1xml.</summary>
public static class ViewProperties
{
    /// <summary>Returns the words of a <see cref="HandleBitmap"/>. They are hidden, because the runs say the same.</summary>
    public static ulong[] Words(PSObject instance) => Of<HandleBitmap>(instance).GetWords();

    /// <summary>Returns the anomalies of the dump that a <see cref="HandleSession"/> was read from.</summary>
    public static HandleList<HandleFinding> Findings(PSObject instance) => Of<HandleSession>(instance).GetFindings();

    /// <summary>Returns whether a <see cref="HandleSession"/> is the current one of this runspace.</summary>
    public static bool IsCurrent(PSObject instance) => SessionStore.Here.IsCurrent(Of<HandleSession>(instance));

    /// <summary>Returns what a <see cref="HandleProcess"/> is, in a word, if there is something to say.</summary>
    public static string? Role(PSObject instance) => Of<HandleProcess>(instance) switch
    {
        { IsDead: true } => "exited",
        { CountSource: HandleCountSource.Statistics } => "counted",
        { CountSource: HandleCountSource.HolderList } => "listed",
        { IsFrozen: true } => "frozen",
        { IsFreezing: true } => "freezes",
        { IsManager: true } => "manager",
        _ => null,
    };

    /// <summary>Returns <c>dead</c> for a <see cref="HandleNode"/> or a <see cref="HandleReference"/> that is.</summary>
    public static string? State(PSObject instance) =>
        (instance.BaseObject is HandleNode node ? node.IsDead : Of<HandleReference>(instance).IsDead) ? "dead" : null;

    /// <summary>Returns what is known of the interface of a <see cref="HandleNode"/>.</summary>
    public static HandleList<HandleInterface> Candidates(PSObject instance) => Of<HandleNode>(instance).GetCandidates();

    private static T Of<T>(PSObject instance) => (T)instance.BaseObject;
}
