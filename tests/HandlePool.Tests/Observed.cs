using System.Globalization;
using System.Numerics;
using System.Text;

namespace HandlePool.Tests;

/// <summary>Reads a session through its public members, to compare snapshots and check that they are consistent.</summary>
internal static class Observed
{
    /// <summary>Returns everything that a refused operation must leave unchanged, without counts of locks.</summary>
    internal static string State(HandleSession session)
    {
        StringBuilder text = new();
        IFormatProvider invariant = CultureInfo.InvariantCulture;
        foreach (HandleProcess process in session.GetProcesses(includeDead: true))
        {
            HandleBitmap bitmap = process.GetBitmap();
            HandlePoolStatus pool = process.GetPool();
            text.AppendLine(invariant, $"{process.Id} {process.Name} {process.Context} manager={process.IsManager} dead={process.IsDead} frozen={process.IsFrozen}");
            text.AppendLine(invariant, $"  {process.NodeCount} nodes, {pool.InUse}/{pool.Capacity}/{pool.Bytes} {pool.LowestFree} {pool.HighestUsed}");
            text.AppendLine(invariant, $"  grown {pool.GrowCount} shrunk {pool.ShrinkCount} discarded {pool.DiscardedResizes}");
            text.AppendLine(invariant, $"  bits {string.Join(',', bitmap.Words)}");
            foreach (HandleReference reference in process.GetReferences())
                text.AppendLine(invariant, $"  {reference.Handle} -> {reference.Node.Id} {reference.Strong}/{reference.Weak}");
            foreach (HandleNotification each in process.GetNotifications())
                text.AppendLine(invariant, $"  {each.Kind} of {each.Handle} -> {each.Node?.Id} {each.Cookie} {each.State}");
        }

        foreach (HandleNode node in session.GetNodes())
            text.AppendLine(invariant, $"node {node.Id} {node.Name} of {node.Owner} dead={node.IsDead} {node.Strong}/{node.Weak} by {node.TableCount}");
        return text.ToString();
    }

    /// <summary>Asserts that bitmaps match tables, and that every node's counts are the sums over its holders.</summary>
    internal static void IsConsistent(HandleSession session)
    {
        Dictionary<HandleNode, (long Strong, long Weak, int Holders)> sums =
            session.GetNodes().ToDictionary(node => node, _ => (0L, 0L, 0));
        foreach (HandleProcess process in session.GetProcesses(includeDead: true))
        {
            HandleBitmap bitmap = process.GetBitmap();
            HandleReference[] references = process.GetReferences();
            int[] handles = [.. references.Select(reference => reference.Handle)];
            if (process.IsDead && session.Driver == HandleDriver.Rust)
                continue;
            AreSame(handles, [.. SetBits(bitmap.Words).Except(Reserved(process, handles))]);
            Assert.Equal(handles.Length, bitmap.InUse);
            Assert.Equal(handles.Length, process.HandleCount);
            Assert.Equal(handles.Length == 0 ? null : handles[^1], bitmap.HighestUsed);
            Assert.Equal(bitmap.Capacity, 64 * bitmap.Words.Length);
            Assert.True(BitOperations.IsPow2(bitmap.Capacity));
            foreach (HandleReference reference in references)
            {
                (long strong, long weak, int holders) = sums[reference.Node];
                sums[reference.Node] = (strong + reference.Strong, weak + reference.Weak, holders + 1);
                Assert.Equal(reference.Handle, process.GetReference(reference.Node)?.Handle);
            }
        }

        foreach ((HandleNode node, (long Strong, long Weak, int Holders) sum) in sums)
        {
            if (sum != (node.Strong, node.Weak, node.TableCount))
                Assert.Equal(sum, (node.Strong, node.Weak, node.TableCount));
            if (node.IsDead && sum.Holders == 0)
                Assert.Fail($"Dead node {node} is still there, though nobody holds it.");
        }
    }

    /// <summary>Asserts that two lists are the same. xunit's own comparison takes much longer for lists of thousands.</summary>
    internal static void AreSame<T>(T[] expected, T[] actual)
    {
        if (!expected.AsSpan().SequenceEqual(actual, EqualityComparer<T>.Default))
            Assert.Equal(expected, actual);
    }

    /// <summary>Returns bit 0 if it is reserved and handle 0 is not held.</summary>
    private static int[] Reserved(HandleProcess process, int[] handles) =>
        process.Session.Driver == HandleDriver.C611rc1 && process.GetPool() is { IsDisabled: false } && !handles.Contains(0) ? [0] : [];

    internal static IEnumerable<int> SetBits(ulong[] words)
    {
        for (int bit = 0; bit < 64 * words.Length; bit++)
        {
            if ((words[bit >> 6] >> (bit & 63) & 1) != 0)
                yield return bit;
        }
    }
}
