using System.Collections;

namespace HandlePool.Tests.Models;

/// <summary>Represents a set of handles by a flag for each. Its highest and its lowest missing handle are asked for after each operation.</summary>
internal sealed class HandleSet : IEnumerable<int>
{
    private bool[] _has = new bool[64];

    internal int Count { get; private set; }

    internal int? Highest => Array.LastIndexOf(_has, true) is var highest and >= 0 ? highest : null;

    /// <summary>Returns the lowest handle from <paramref name="start"/> on that is not in the set.</summary>
    internal int LowestMissing(int start) =>
        start < _has.Length && Array.IndexOf(_has, false, start) is var missing and >= 0 ? missing : Math.Max(start, _has.Length);

    internal void Add(int handle)
    {
        if (handle >= _has.Length)
            Array.Resize(ref _has, 2 * handle);
        if (!_has[handle])
            Count++;
        _has[handle] = true;
    }

    /// <summary>Removes a handle, and returns whether it was in the set.</summary>
    internal bool Remove(int handle)
    {
        if (handle >= _has.Length || !_has[handle])
            return false;
        Count--;
        _has[handle] = false;
        return true;
    }

    internal void Clear()
    {
        Array.Clear(_has);
        Count = 0;
    }

    /// <summary>Enumerates the handles in order.</summary>
    public IEnumerator<int> GetEnumerator()
    {
        for (int handle = 0; handle < _has.Length; handle++)
        {
            if (_has[handle])
                yield return handle;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
