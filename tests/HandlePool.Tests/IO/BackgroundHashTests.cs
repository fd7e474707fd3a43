using System.Security.Cryptography;
using HandlePool.IO;

namespace HandlePool.Tests.IO;

public class BackgroundHashTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1_000, 7)]
    [InlineData(1 << 20, 1 << 16)]
    [InlineData(3_000_000, 65_521)]
    [InlineData(5 << 20, 1 << 20)]
    public void A_hash_computed_in_parts_is_that_of_the_whole(int length, int part)
    {
        byte[] bytes = new byte[length];
        new Random(20_261_126).NextBytes(bytes);
        using BackgroundHash hash = new();

        Append(bytes);
        hash.Reset();
        Append(bytes);

        Assert.Equal(Convert.ToHexString(SHA256.HashData(bytes)), hash.Complete(), ignoreCase: true);

        void Append(byte[] all)
        {
            foreach (byte[] each in all.Chunk(part))
                hash.Append(each);
        }
    }
}
