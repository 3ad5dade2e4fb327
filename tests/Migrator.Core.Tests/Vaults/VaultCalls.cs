using System.Security.Cryptography;
using Migrator.Core.Vaults;
using Xunit;

namespace Migrator.Core.Tests.Vaults;

/// <summary>What tests do with vaults again and again.</summary>
internal static class VaultCalls
{
    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static Task<VaultReceipt> PutAsync(this IVault vault, string name, byte[] bytes, int piece = int.MaxValue) =>
        vault.PutAsync(name, async (stream, cancel) =>
        {
            for (var i = 0; i < bytes.Length;)
            {
                var length = Math.Min(piece, bytes.Length - i);
                await stream.WriteAsync(bytes.AsMemory(i, length), cancel);
                i += length;
            }
        }, Cancel);

    public static async Task<byte[]> ReadAsync(this IVault vault, string name)
    {
        await using var stream = await vault.OpenAsync(name, Cancel);
        var copy = new MemoryStream();
        await stream.CopyToAsync(copy, Cancel);
        return copy.ToArray();
    }

    public static async Task<List<string>> NamesAsync(this IVault vault, string prefix = "")
    {
        var names = new List<string>();
        await foreach (var found in vault.ListAsync(prefix, Cancel)) names.Add(found.Name);
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    public static async Task<VaultException> FailsAsync(this Task task, VaultFault fault)
    {
        var thrown = await Assert.ThrowsAsync<VaultException>(() => task);
        Assert.True(fault == thrown.Fault, $"Wanted {fault}, got {thrown.Fault}: {thrown.Message}");
        return thrown;
    }

    /// <summary>Bytes that nothing can compress or guess, the same for the same seed.</summary>
    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static byte[] Hash(byte[] bytes) => SHA256.HashData(bytes);
}
