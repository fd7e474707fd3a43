using System.Globalization;
using System.Text;

namespace HandlePool.Tests.Interleavings;

/// <summary>Describes results and sessions as text, except for capacities and the counts of resizes, which have their own rules.</summary>
internal static class Observation
{
    internal static string Session(HandleSession session)
    {
        StringBuilder text = new();
        foreach (HandleProcess process in session.GetProcesses(includeDead: true))
        {
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{process.Id} {process.Name} manager={process.IsManager} dead={process.IsDead}");
            text.AppendLine(References(process)).AppendLine(Bits(process));
        }

        return text.Append(Nodes(session)).ToString();
    }

    internal static string References(HandleProcess process) => string.Join(", ", process.GetReferences().Select(Outcome));

    internal static string Bits(HandleProcess process) => $"bits {string.Join(", ", process.GetBitmap().Runs)}";

    internal static string Pool(HandleProcess process)
    {
        HandlePoolStatus pool = process.GetPool();
        return $"{pool.InUse} {pool.HighestUsed}";
    }

    internal static string Nodes(HandleSession session) => string.Join('\n', session.GetNodes()
        .Select(node => $"node {node.Id} of {node.Owner} dead={node.IsDead} {node.Strong}/{node.Weak} by {node.TableCount}"));

    internal static string Mismatches(IEnumerable<HandleMismatch> mismatches) => string.Join('\n', mismatches);

    internal static string Outcome(object? result) => result switch
    {
        null => "done",
        HandleException refused => refused.ErrorId,
        HandleReference reference => $"{reference.Handle} -> {reference.Node.Id} {reference.Strong}/{reference.Weak}",
        HandlePoolResizeResult resized => $"{resized.Direction} {(resized.Applied ? "applied" : "discarded")}",
        HandlePoolResizer resizer => $"{resizer.Direction} requested",
        HandleProcess process => $"process {process.Id}",
        HandleNode node => $"node {node.Id}",
        HandleFault fault => $"fault {fault.Id}",
        string read => read,
        _ => throw new ArgumentException($"A result of type {result.GetType()} is not expected.", nameof(result)),
    };
}
