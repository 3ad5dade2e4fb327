namespace Migrator.Core.Tests.AtProto.Repo;

/// <summary>Damages bytes at random, the same way for the same random numbers.</summary>
internal static class ByteMutator
{
    private static readonly byte[] Strange = [0x00, 0x7f, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];

    /// <summary>One to three of: change a byte, cut the end, take a piece out, put a piece in twice, put strange bytes in.</summary>
    public static byte[] Mutate(Random random, byte[] source)
    {
        var bytes = source;
        for (var times = random.Next(1, 4); times > 0 && bytes.Length > 0; times--)
        {
            var at = random.Next(bytes.Length);
            var length = Math.Min(random.Next(1, 80), bytes.Length - at);
            bytes = random.Next(5) switch
            {
                0 => [.. bytes[..at], (byte)random.Next(256), .. bytes[(at + 1)..]],
                1 => bytes[..at],
                2 => [.. bytes[..at], .. bytes[(at + length)..]],
                3 => [.. bytes[..(at + length)], .. bytes[at..]],
                _ => [.. bytes[..at], .. Strange[..random.Next(1, Strange.Length + 1)], .. bytes[at..]],
            };
        }
        return bytes;
    }
}
