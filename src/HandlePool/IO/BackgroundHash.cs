using System.Security.Cryptography;

namespace HandlePool.IO;

/// <summary>Computes a SHA-256 while other work goes on: what is appended is copied, and hashed by another thread. Not thread-safe.</summary>
/// <remarks>Memory: two blocks of 256 KB, from the second megabyte on.</remarks>
internal sealed class BackgroundHash : IDisposable
{
    private const int BlockSize = 1 << 18;

    // So much is hashed sooner than another thread has begun.
    private const int HashedAtOnce = 1 << 20;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private int _hashedAtOnce;

    // The block that is being filled, and the one that is being hashed.
    private byte[] _block = [];
    private byte[] _other = [];
    private int _filled;
    private Task _hashing = Task.CompletedTask;

    /// <summary>Waits until nothing is being hashed.</summary>
    public void Dispose()
    {
        _hashing.Wait();
        _hash.Dispose();
    }

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        if (_hashedAtOnce < HashedAtOnce)
        {
            _hash.AppendData(bytes);
            _hashedAtOnce += bytes.Length;
            return;
        }

        if (_block.Length == 0)
            (_block, _other) = (new byte[BlockSize], new byte[BlockSize]);
        while (!bytes.IsEmpty)
        {
            int length = Math.Min(bytes.Length, BlockSize - _filled);
            bytes[..length].CopyTo(_block.AsSpan(_filled));
            bytes = bytes[length..];
            _filled += length;
            if (_filled < BlockSize)
                continue;
            _hashing.Wait();
            (_block, _other, _filled) = (_other, _block, 0);
            _hashing = Task.Run(() => _hash.AppendData(_other));
        }
    }

    /// <summary>Forgets what was appended.</summary>
    internal void Reset()
    {
        _hashing.Wait();
        _filled = 0;
        _hash.GetHashAndReset();
    }

    /// <summary>Returns the hash of all that was appended, in lowercase hexadecimal digits.</summary>
    internal string Complete()
    {
        _hashing.Wait();
        _hash.AppendData(_block, 0, _filled);
        _filled = 0;
        return Convert.ToHexString(_hash.GetHashAndReset()).ToLowerInvariant();
    }
}
