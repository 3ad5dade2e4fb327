using System.Collections.Concurrent;
using System.Text.Json;
using Migrator.Core.Age;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;

namespace Migrator.Core.Migrations.Gathering;

/// <summary>
/// Opens snapshots in vaults known and unknown with the age identity that the person gave, and keeps them open while a restore reads from
/// them.
/// </summary>
public sealed class RestoreSnapshots(IVaultFactory? factory = null, IKnownVaults? known = null) : IRestoreSnapshots
{
    private const string Instead = "Take it out of what is restored from, and name an older snapshot or another backup instead.";

    private readonly ConcurrentDictionary<(MigrationId, string), Task<OpenRestoreSnapshot>> _open = new();

    public async Task<IGatherSource> OpenAsync(MigrationContext context, RestoreSource source, string folder, CancellationToken ct)
    {
        // Opened afresh: the person may have given another key, or put another disk in, since it was tried last.
        await CloseAsync((context.Id, source.Id));
        return new SnapshotGatherSource(source, await KeptAsync(context, source, ct), folder);
    }

    public async Task<XrpcResult<XrpcStream>> OpenBlobAsync(MigrationContext context, RestoreSource source, Cid cid, CancellationToken ct)
    {
        try
        {
            return await (await KeptAsync(context, source, ct)).OpenBlobAsync(cid, ct);
        }
        catch (GatherException problem)
        {
            var failure = problem.MayPass ? XrpcFailure.Unreachable : XrpcFailure.Refused;
            return GatheredAccountSource.Missing(problem.Message) with { Failure = failure };
        }
    }

    public async Task ForgetAsync(MigrationId id)
    {
        foreach (var key in _open.Keys.Where(key => key.Item1.Equals(id)))
            await CloseAsync(key);
    }

    /// <summary>What the stored secret says of object stores' keys when one more is known.</summary>
    /// <param name="stored">What it said before; null: nothing.</param>
    public static string Seal(string? stored, S3VaultSettings place, VaultCredentials credentials)
    {
        var all = stored is null ? [] : JsonSerializer.Deserialize<Dictionary<string, SealedKeys>>(stored)!;
        all[NameOf(place)] = new SealedKeys(credentials.AccessKeyId, credentials.SecretAccessKey, credentials.SessionToken);
        return JsonSerializer.Serialize(all);
    }

    private async Task<OpenRestoreSnapshot> KeptAsync(MigrationContext context, RestoreSource source, CancellationToken ct)
    {
        var key = (context.Id, source.Id);
        var opening = _open.GetOrAdd(key, _ => OpenNowAsync(context, source, ct));
        try
        {
            return await opening;
        }
        catch
        {
            _open.TryRemove(new KeyValuePair<(MigrationId, string), Task<OpenRestoreSnapshot>>(key, opening));
            throw;
        }
    }

    private async Task<OpenRestoreSnapshot> OpenNowAsync(MigrationContext context, RestoreSource source, CancellationToken ct)
    {
        var place = source.Snapshot!;
        var text = await context.Tools.Secrets.ReadAsync(context.Id, SecretName.AgeIdentity, ct);
        if (!AgeIdentity.TryParseFile(text, out var identities))
            throw new GatherException("The key that opens the backup (AGE-SECRET-KEY-1…) was not given.", again: false);
        var vault = await OpenVaultAsync(context, place, ct);
        try
        {
            var opened = await SnapshotReader.OpenAsync(vault, place.Snapshot, identities, ct);
            if (opened.Manifest.Did != context.Did)
                throw new GatherException($"The snapshot {source.Name} is of another account ({opened.Manifest.Did}).", again: false);
            return new OpenRestoreSnapshot(vault, opened, identities);
        }
        catch (Exception problem)
        {
            await vault.DisposeAsync();
            foreach (var identity in identities)
                identity.Dispose();
            if (problem is SnapshotFaultException or VaultException)
                throw Explain(source.Name, problem);
            throw;
        }
    }

    internal static GatherException Explain(string name, Exception problem) => problem switch
    {
        SnapshotFaultException { Fault: SnapshotFault.WrongKey } =>
            new($"The key that you gave does not open {name}: it was sealed to another key.", again: false, problem),
        SnapshotFaultException { Fault: SnapshotFault.Missing } fault =>
            new($"{name} is not complete: {fault.ObjectName} is not in the vault. {Instead}", again: false, problem),
        SnapshotFaultException fault => new($"{name} is damaged: {fault.Detail}. {Instead}", again: false, problem),
        VaultException { Fault: VaultFault.Unreachable or VaultFault.Throttled } =>
            new($"The vault of {name} cannot be reached: {problem.Message}", again: true, problem),
        _ => new($"The vault of {name} cannot be read: {problem.Message}", again: false, problem),
    };

    private async Task<IVault> OpenVaultAsync(MigrationContext context, SnapshotPlace place, CancellationToken ct)
    {
        if (place.VaultId is { } id)
        {
            return known is not null && await known.OpenAsync(context.Owner, id, ct) is { } vault
                ? vault
                : throw new GatherException("The vault of this snapshot is not known here any more.", again: false);
        }

        var secret = await context.Tools.Secrets.ReadAsync(context.Id, SecretName.VaultCredentials, ct);
        if (factory is null)
            throw new InvalidOperationException("This host opens no vaults.");
        return factory.Open(place.Settings!, secret is not null && place.Settings is S3VaultSettings store ? Unseal(secret, store) : null);
    }

    private static VaultCredentials? Unseal(string stored, S3VaultSettings place) =>
        JsonSerializer.Deserialize<Dictionary<string, SealedKeys>>(stored)!.TryGetValue(NameOf(place), out var keys)
            ? new VaultCredentials(keys.Id, keys.Secret, keys.Token)
            : null;

    /// <summary>Keys are for a bucket; another one at the same store may have others.</summary>
    private static string NameOf(S3VaultSettings place) =>
        $"{place.Endpoint.GetLeftPart(UriPartial.Authority)} {place.Bucket} {place.Prefix}";

    private sealed record SealedKeys(string Id, string Secret, string? Token)
    {
        public override string ToString() => nameof(SealedKeys);
    }

    private async Task CloseAsync((MigrationId, string) key)
    {
        if (!_open.TryRemove(key, out var opening))
            return;
        try
        {
            await (await opening).DisposeAsync();
        }
        catch (GatherException)
        {
            // It was never open.
        }
    }
}
