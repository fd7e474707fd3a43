using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace HandlePool.Analysis;

/// <summary>Replaces names and numbers by others that only a key determines. Thread-safe.</summary>
/// <remarks>
/// Names become parts of an HMAC-SHA-256. Numbers are permuted within their range by a Feistel network of 8 rounds whose function is that HMAC, so that
/// two numbers never become one. Hashes without a key would not do: pids and names are few enough to try them all.
/// </remarks>
internal sealed class Pseudonyms(byte[] key)
{
    private const int Rounds = 8;
    private const int NameBytes = 6;

    private readonly ConcurrentDictionary<(string Kind, string Name), string> _names = new();
    private readonly ConcurrentDictionary<(byte Range, uint Number), uint> _numbers = new();

    /// <summary>Returns the substitute of a name: the kind and 12 hexadecimal digits.</summary>
    internal string OfName(string kind, string name) => _names.GetOrAdd((kind, name), static (named, key) =>
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes("name\0" + named.Name), hash);
        return $"{named.Kind}-{Convert.ToHexString(hash[..NameBytes]).ToLowerInvariant()}";
    }, key);

    /// <summary>Returns the substitute of a number, which is in the same range.</summary>
    /// <param name="range">A number that no other kind of range has.</param>
    /// <param name="number">The number, at least <paramref name="first"/> and below <paramref name="end"/>.</param>
    /// <param name="first">The first number of the range.</param>
    /// <param name="end">The number behind the range.</param>
    internal int OfNumber(byte range, int number, int first, long end) => first + (int)_numbers.GetOrAdd((range, (uint)(number - first)), at => Permute(range, at.Number, end - first));

    private uint Permute(byte range, uint number, long size)
    {
        int half = 1;
        while (1L << (2 * half) < size)
            half++;
        ulong mask = (1UL << half) - 1;
        ulong at = number;
        do
        {
            (ulong left, ulong right) = (at >> half, at & mask);
            for (int round = 0; round < Rounds; round++)
                (left, right) = (right, left ^ (Mix(range, round, right) & mask));
            at = (left << half) | right;
        }
        while (at >= (ulong)size);
        return (uint)at;
    }

    private ulong Mix(byte range, int round, ulong value)
    {
        Span<byte> text = stackalloc byte[8 + sizeof(ulong)];
        "number"u8.CopyTo(text);
        text[6] = range;
        text[7] = (byte)round;
        BinaryPrimitives.WriteUInt64LittleEndian(text[8..], value);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, text, hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
