using System.Buffers.Binary;

namespace HandlePool.IO;

/// <summary>Computes the checksum of zip archives: CRC-32 as in IEEE 802.3, which the base class library lacks.</summary>
/// <remarks>It takes eight bytes a step, with a table for each.</remarks>
internal static class Crc32
{
    private const int Step = 8;
    private const uint Polynomial = 0xEDB88320;

    private static readonly uint[][] Tables = MakeTables();

    /// <summary>Continues a checksum, which begins with 0.</summary>
    internal static uint Append(uint checksum, ReadOnlySpan<byte> data)
    {
        uint[][] tables = Tables;
        uint crc = ~checksum;
        for (; data.Length >= Step; data = data[Step..])
        {
            uint low = BinaryPrimitives.ReadUInt32LittleEndian(data) ^ crc;
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            crc = tables[7][low & 0xFF] ^ tables[6][(low >> 8) & 0xFF] ^ tables[5][(low >> 16) & 0xFF] ^ tables[4][low >> 24]
                ^ tables[3][high & 0xFF] ^ tables[2][(high >> 8) & 0xFF] ^ tables[1][(high >> 16) & 0xFF] ^ tables[0][high >> 24];
        }

        foreach (byte value in data)
            crc = (crc >> 8) ^ tables[0][(crc ^ value) & 0xFF];
        return ~crc;
    }

    private static uint[][] MakeTables()
    {
        uint[][] tables = [.. Enumerable.Range(0, Step).Select(_ => new uint[256])];
        for (uint value = 0; value < 256; value++)
        {
            uint crc = value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * Polynomial);
            tables[0][value] = crc;
        }

        for (int table = 1; table < Step; table++)
        {
            for (int value = 0; value < 256; value++)
            {
                uint crc = tables[table - 1][value];
                tables[table][value] = (crc >> 8) ^ tables[0][crc & 0xFF];
            }
        }

        return tables;
    }
}
