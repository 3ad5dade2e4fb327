using System.Text.Json;

namespace Migrator.Core.Vaults;

/// <summary>
/// The object that gives a vault its identity. It is made once; a folder or bucket that is later found without it, or with another's, is
/// not the vault that a plan writes to: a disk that is not mounted, a folder that was moved, a bucket of the same name elsewhere.
/// </summary>
/// <param name="Version">Of the layout: 1.</param>
/// <param name="Id">Made at random with the vault.</param>
public sealed record VaultMarker(int Version, Guid Id)
{
    public const string ObjectName = "migrator-vault.json";
    public const int CurrentVersion = 1;
    internal const int MaxLength = 4096;

    /// <summary>The marker of a vault; a vault without one gets one. Two that do this at once get the same.</summary>
    /// <exception cref="VaultException"><see cref="VaultFault.Swapped"/> when what is there is no marker of a version known here.</exception>
    public static async Task<VaultMarker> ReadOrCreateAsync(IVault vault, CancellationToken cancel)
    {
        if (await ReadAsync(vault, cancel).ConfigureAwait(false) is { } known) return known;
        var made = new VaultMarker(CurrentVersion, Guid.NewGuid());
        try
        {
            await vault.PutAsync(ObjectName, made.WriteAsync, cancel).ConfigureAwait(false);
            return made;
        }
        catch (VaultException fault) when (fault.Fault == VaultFault.AlreadyThere)
        {
            return await ReadAsync(vault, cancel).ConfigureAwait(false) ?? throw Missing(vault);
        }
    }

    /// <summary>Makes sure that this is the vault of that id. Call it before a run writes, deletes or judges what is missing.</summary>
    /// <exception cref="VaultException"><see cref="VaultFault.Swapped"/> when it is not.</exception>
    public static async Task<VaultMarker> ConfirmAsync(IVault vault, Guid expected, CancellationToken cancel)
    {
        var marker = await ReadAsync(vault, cancel).ConfigureAwait(false) ?? throw Missing(vault);
        if (marker.Id == expected) return marker;
        throw new VaultException(VaultFault.Swapped,
            $"{vault.Name} holds another vault than the one that was set up here. Nothing was written. Bring back the right one, or set "
            + "this one up as a new vault.");
    }

    /// <summary>The marker, or null when there is none.</summary>
    public static async Task<VaultMarker?> ReadAsync(IVault vault, CancellationToken cancel)
    {
        var bytes = new byte[MaxLength];
        int length;
        try
        {
            var stream = await vault.OpenAsync(ObjectName, cancel).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
            }
        }
        catch (VaultException fault) when (fault.Fault == VaultFault.NotFound)
        {
            return null;
        }
        return Parse(bytes.AsSpan(0, length)) ?? throw new VaultException(VaultFault.Swapped,
            $"{vault.Name}: {ObjectName} is there but is not one that this version of Migrator can read. Nothing was written.");
    }

    private static VaultMarker? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var marker = JsonSerializer.Deserialize<VaultMarker>(json, JsonSerializerOptions.Web);
            return marker is { Version: CurrentVersion } && marker.Id != Guid.Empty ? marker : null;
        }
        catch (JsonException)
        {
            return null; // the caller says it
        }
    }

    private Task WriteAsync(Stream stream, CancellationToken cancel) =>
        JsonSerializer.SerializeAsync(stream, this, JsonSerializerOptions.Web, cancel);

    private static VaultException Missing(IVault vault) => new(VaultFault.Swapped,
        $"{vault.Name} has no {ObjectName}: it is not the vault that was set up here, or its disk is not mounted. Nothing was written. "
        + "Bring back the right one, or set this one up as a new vault.");
}
