using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;
using Migrator.Core.Migrations;
using Migrator.Core.Parity;
using BlobEntry = Migrator.Core.Backups.BlobEntry;

namespace Migrator.Core.Drills;

/// <summary>
/// The restore of a drill: the very steps and the very runner of a person's restore (<see cref="MigrationPlan.Restore"/>), with the answers
/// that a person would give. What a person would be asked that a drill cannot answer ends it.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="logs">For the steps.</param>
/// <param name="folder">For the restore's files.</param>
/// <param name="progress">Is told of steps and counts.</param>
internal sealed class RestoreRun(TimeProvider time, ILoggerFactory logs, string folder, IProgress<DrillProgress>? progress)
{
    /// <summary>Names the one source.</summary>
    public const string SourceId = "snapshot";

    private const string Mail = "drill@example.com";

    /// <param name="snapshot">Proven already.</param>
    /// <param name="identity">What the sandbox's directory holds.</param>
    /// <param name="facts">The sandbox.</param>
    /// <param name="ct">Stops it.</param>
    public async Task<RestoreEnd> RunAsync(OpenedSnapshot snapshot, DrillIdentity identity, SandboxFacts facts, CancellationToken ct)
    {
        var blobs = await ListBlobsAsync(snapshot, ct).ConfigureAwait(false);
        var migration = Plan(snapshot, identity, facts, blobs.Values.Where(blob => blob.Object is null).Select(blob => blob.Cid));
        var titles = new Dictionary<StepName, string>();
        var store = Watch(migration, titles);
        var secrets = new MemorySecrets();
        await secrets.WriteAsync(migration.Id, SecretName.RotationKey, identity.Key.RevealMultibase(), ct).ConfigureAwait(false);
        await secrets.WriteAsync(migration.Id, SecretName.TargetPassword, RandomNumberGenerator.GetHexString(32), ct).ConfigureAwait(false);
        var held = blobs.Values.Where(blob => blob.Object is not null).ToDictionary(blob => blob.Cid);
        var anchor = new PlcDrillAnchor(snapshot.Manifest.Did, identity.Anchor.Cid, facts.Directory);
        var world = SandboxWorld.Build(facts, anchor, folder, store, secrets, new ProvenSnapshot(snapshot, held), time, logs);
        await using (world.ConfigureAwait(false))
        {
            foreach (var step in world.GetServices<IMigrationStep>()) titles[step.Name] = step.Title;
            await DriveAsync(world.GetRequiredService<IMigrationRunner>(), store, ct).ConfigureAwait(false);
            var tools = world.GetRequiredService<MigrationTools>();
            return new RestoreEnd(
                store.Now.Progress,
                await ParityFile.ReadAsync(tools.WorkspaceOf(migration.Id), ct).ConfigureAwait(false),
                await tools.Blobs.ListAsync(migration.Id, null, ct).ConfigureAwait(false),
                [.. store.Now.Progress.Done.Where(done => done.Step != StepName.AwaitRestoreGo).Select(done => Step(done, titles))]);
        }
    }

    private MemoryMigration Watch(Migration migration, Dictionary<StepName, string> titles) => new(
        migration,
        step => progress?.Report(new DrillProgress(Name(step), titles[step], 0, null)),
        live => progress?.Report(new DrillProgress(Name(live.Step), titles[live.Step], live.Done, live.Total)));

    private static async Task<Dictionary<Cid, BlobEntry>> ListBlobsAsync(OpenedSnapshot snapshot, CancellationToken ct)
    {
        var blobs = new Dictionary<Cid, BlobEntry>();
        await foreach (var blob in snapshot.ListBlobsAsync(ct).ConfigureAwait(false)) blobs[blob.Cid] = blob;
        return blobs;
    }

    /// <summary>What a person would have answered. The handle is one of the sandbox's own, so nobody need be asked whose it is.</summary>
    private Migration Plan(OpenedSnapshot snapshot, DrillIdentity identity, SandboxFacts facts, IEnumerable<Cid> absent)
    {
        var now = time.GetUtcNow();
        var handle = Handle.Parse("drill-" + RandomNumberGenerator.GetHexString(8, lowercase: true) + facts.HandleDomains[0]);
        var request = new MigrationRequest
        {
            Did = snapshot.Manifest.Did,
            SourcePds = snapshot.Manifest.Pds, // never called in a restore
            Target = new TargetServer(facts.Server, facts.ServerDid, facts.HandleDomains, InviteCodeRequired: false, BlobUploadLimit: null),
            NewAccount = new TargetAccount(handle, Mail, InviteCodeGiven: false),
            StartedAt = now,
            Go = new Go(1, now, SigningWay.OwnRotationKey),
            AcceptedMissing = [.. absent],
            Restore = new RestoreRequest
            {
                Sources = [new RestoreSource(SourceId, RestoreSourceKind.Snapshot, "the snapshot", null, new(null, null, snapshot.Name))],
                RotationKey = identity.Key.PublicKey.DidKey,
                Signing = RestoreSigning.KeyHeldHere,
            },
        };
        return new Migration(MigrationId.New(), "drill", request, 1, new MigrationProgress(), now, now);
    }

    private async Task DriveAsync(IMigrationRunner runner, MemoryMigration store, CancellationToken ct)
    {
        var triedAgain = false;
        while (true)
        {
            await runner.RunAsync(store.Lease, ct).ConfigureAwait(false);
            var progress = store.Now.Progress;
            if (progress.State.IsFinal() || progress.Hold is not { } hold) return;
            if (hold is { NeedsThePerson: false, Until: { } until })
            {
                var wait = until - time.GetUtcNow();
                if (wait > TimeSpan.Zero) await Task.Delay(wait, time, ct).ConfigureAwait(false);
            }
            else if (hold.Cause == HoldCause.Parity && !triedAgain)
            {
                triedAgain = true; // as a person would; what differs twice is told
                store.TryAgain();
            }
            else
            {
                return;
            }
        }
    }

    private static DrillStep Step(StepDone done, Dictionary<StepName, string> titles) =>
        new(Name(done.Step), titles[done.Step], done.At, done.Note);

    private static string Name(StepName step)
    {
        var name = step.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }
}

/// <summary>How the restore of a drill ended.</summary>
/// <param name="Progress">The restore's own document; its hold says why it did not come to its end.</param>
/// <param name="Parity">The comparison of snapshot and restored account; null when it did not come to that.</param>
/// <param name="Blobs">What became of each blob.</param>
/// <param name="Steps">What was done.</param>
internal sealed record RestoreEnd(
    MigrationProgress Progress, ParityReport? Parity, IReadOnlyList<Migrations.BlobEntry> Blobs, IReadOnlyList<DrillStep> Steps);
