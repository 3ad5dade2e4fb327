using Migrator.Core.Age;
using Migrator.Core.Vaults;

namespace Migrator.Core.Backups;

/// <summary>Puts content into a vault, sealed on the way. In the vault it is visible only when it is whole.</summary>
internal static class SealedWriter
{
    /// <param name="vault">Where.</param>
    /// <param name="name">Full name.</param>
    /// <param name="recipients">Who will be able to open it.</param>
    /// <param name="write">Writes the content. What it throws leaves nothing in the vault.</param>
    /// <param name="ct">Stops it.</param>
    public static Task<VaultReceipt> PutAsync(
        IVault vault, string name, IReadOnlyCollection<AgeRecipient> recipients, Func<Stream, CancellationToken, Task> write, CancellationToken ct) =>
        PutAsync(vault, name, recipients, SpareBatches.Shared, write, ct);

    /// <param name="spares">How many threads may seal it beside the one that writes.</param>
    /// <inheritdoc cref="PutAsync(IVault, string, IReadOnlyCollection{AgeRecipient}, Func{Stream, CancellationToken, Task}, CancellationToken)"/>
    public static Task<VaultReceipt> PutAsync(
        IVault vault, string name, IReadOnlyCollection<AgeRecipient> recipients, SpareBatches spares,
        Func<Stream, CancellationToken, Task> write, CancellationToken ct) =>
        vault.PutAsync(
            name,
            async (stored, cancel) =>
            {
                await using var content = await AgeEncryptor.OpenAsync(stored, recipients, AgeForm.Binary, spares, cancel).ConfigureAwait(false);
                await write(content, cancel).ConfigureAwait(false);
                await content.CompleteAsync(cancel).ConfigureAwait(false);
            },
            ct);
}
