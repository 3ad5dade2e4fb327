using Migrator.Core.Age;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;
using Xunit;

namespace Migrator.Jobs.Tests.Storage.Backups;

public sealed class BackupIndexTests(PostgresFixture postgres)
{
    private static readonly Did Alice = Did.Parse("did:plc:ewvi7nxzyoun6zhxrhs64oiz");
    private static readonly Cid SomeCid = Cid.Parse("bafyreie5cvv4h45feadgeuwhbcutmh6t2ceseocckahdoe6uat64zmz454");
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Two_runs_that_add_a_folder_at_once_get_the_same_one(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var index = await IndexAsync(test);
        var (one, other) = (NewFolder(), NewFolder());

        var first = await index.AddFolderAsync(one, Ct);
        var second = await index.AddFolderAsync(other with { VaultId = one.VaultId, SealedTo = one.SealedTo }, Ct);
        var found = await index.FindFolderAsync(one.VaultId, Alice, one.SealedTo, Ct);

        Assert.Equal((one.AccountId, one.AccountId, one.AccountId), (first.AccountId, second.AccountId, found!.AccountId));
        Assert.Equal(one.NamingKey, second.NamingKey);
        var stored = await test.SingleAsync<byte[]>("SELECT naming_key FROM backup_folder");
        Assert.True(stored.AsSpan().IndexOf(one.NamingKey) < 0, "The naming key lies in the database as it is.");
        Assert.Null(await index.FindFolderAsync(one.VaultId, Alice, "0000000000000000", Ct));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_snapshot_is_the_newest_only_when_it_is_complete_and_comes_back_as_it_was(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var (index, folder) = await FolderAsync(test);
        await index.AddObjectsAsync(folder.AccountId, [Object(folder, 1), Object(folder, 2)], Ct);
        var snapshot = Snapshot(folder, Noon);

        await index.BeginSnapshotAsync(snapshot, [Name(folder, 1), Name(folder, 2)], Ct);
        Assert.Null(await index.FindNewestAsync(folder.AccountId, Ct));
        await index.CompleteSnapshotAsync(folder.AccountId, snapshot.Name, 123, "aa", Ct);

        var found = await index.FindNewestAsync(folder.AccountId, Ct);
        Assert.Equal(
            snapshot with
            {
                Chain = [],
                Number = 1,
                Stage = SnapshotStage.Complete,
                ManifestLength = 123,
                ManifestSha256 = "aa",
                VerifiedAt = Noon,
                NewBytes = 210 + 123,
                TotalBytes = 210 + 123,
            },
            found! with { Chain = [] });
        Assert.Equal(snapshot.Chain, found!.Chain);
        Assert.Equal(2 * 100 + 123, await test.SingleAsync<long>("SELECT bytes FROM backup_folder"));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_snapshot_that_names_an_object_that_is_not_there_is_refused_as_a_whole(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var (index, folder) = await FolderAsync(test);
        await index.AddObjectsAsync(folder.AccountId, [Object(folder, 1)], Ct);

        await Assert.ThrowsAsync<ObjectGoneException>(
            () => index.BeginSnapshotAsync(Snapshot(folder, Noon), [Name(folder, 1), Name(folder, 9)], Ct));

        Assert.Empty(await index.ListSnapshotsAsync(folder.AccountId, Ct));
        Assert.Equal(0, await test.SingleAsync<long>("SELECT count(*) FROM backup_object_use"));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Objects_that_no_snapshot_uses_can_be_claimed_and_never_used_again(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var (index, folder) = await FolderAsync(test);
        await index.AddObjectsAsync(folder.AccountId, [.. Enumerable.Range(1, 4).Select(number => Object(folder, number))], Ct);
        // 1 in all three, 2 in the first, 3 in the second, 4 in none.
        var snapshots = new[] { Snapshot(folder, Noon), Snapshot(folder, Noon.AddHours(1)), Snapshot(folder, Noon.AddHours(2)) };
        await StoreAsync(index, folder, snapshots[0], 1, 2);
        await StoreAsync(index, folder, snapshots[1], 1, 3);
        await StoreAsync(index, folder, snapshots[2], 1);

        Assert.Empty(await index.ClaimUnusedAsync(folder.AccountId, Noon.AddDays(-1), Ct));
        Assert.Equal([Name(folder, 4)], await ClaimAsync(index, folder));
        await index.RemoveObjectAsync(folder.AccountId, Name(folder, 4), Ct);
        await index.RemoveSnapshotAsync(folder.AccountId, snapshots[1].Name, Ct);
        Assert.Equal([Name(folder, 3)], await ClaimAsync(index, folder));

        // Claimed but not yet deleted: given again, and refused to new snapshots.
        Assert.Equal([Name(folder, 3)], await ClaimAsync(index, folder));
        await Assert.ThrowsAsync<ObjectGoneException>(
            () => index.BeginSnapshotAsync(Snapshot(folder, Noon.AddHours(3)), [Name(folder, 1), Name(folder, 3)], Ct));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task An_object_is_kept_when_the_snapshot_that_used_it_last_was_never_finished(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var (index, folder) = await FolderAsync(test);
        await index.AddObjectsAsync(folder.AccountId, [Object(folder, 1), Object(folder, 2)], Ct);
        var (good, half) = (Snapshot(folder, Noon), Snapshot(folder, Noon.AddHours(1)));
        await StoreAsync(index, folder, good, 1);

        await index.BeginSnapshotAsync(half, [Name(folder, 2)], Ct);
        Assert.Empty(await ClaimAsync(index, folder));
        await index.RemoveSnapshotAsync(folder.AccountId, half.Name, Ct);

        Assert.Equal([Name(folder, 2)], await ClaimAsync(index, folder));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Damage_marks_the_snapshots_that_use_the_object_until_it_is_good_again(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var (index, folder) = await FolderAsync(test);
        await index.AddObjectsAsync(folder.AccountId, [Object(folder, 1), Object(folder, 2)], Ct);
        var (first, second) = (Snapshot(folder, Noon), Snapshot(folder, Noon.AddHours(1)));
        await StoreAsync(index, folder, first, 1, 2);
        await StoreAsync(index, folder, second, 2);

        await index.MarkCheckedAsync(
            folder.AccountId, [new ObjectCheck(Name(folder, 1), ObjectHealth.Damaged, VerifyDepth.Stored, Noon.AddDays(1), "flipped")], Ct);
        Assert.Equal([null, "flipped"], (await index.ListSnapshotsAsync(folder.AccountId, Ct)).Select(snapshot => snapshot.Damage));

        var later = Noon.AddDays(2);
        var names = new[] { Name(folder, 1), Name(folder, 2), first.Name, second.Name };
        await index.MarkCheckedAsync(
            folder.AccountId, [.. names.Select(name => new ObjectCheck(name, ObjectHealth.Good, VerifyDepth.Stored, later, null))], Ct);
        var all = await index.ListSnapshotsAsync(folder.AccountId, Ct);
        Assert.All(all, snapshot => Assert.Equal((null, later), (snapshot.Damage, snapshot.VerifiedAt)));

        await index.MarkCheckedAsync(
            folder.AccountId, [new ObjectCheck(second.Name, ObjectHealth.Missing, VerifyDepth.Present, later, null)], Ct);
        Assert.Equal(["Missing", null], (await index.ListSnapshotsAsync(folder.AccountId, Ct)).Select(snapshot => snapshot.Damage));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_pinned_snapshot_is_not_marked_for_deletion_and_a_mark_can_be_taken_off(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var (index, folder) = await FolderAsync(test);
        await index.AddObjectsAsync(folder.AccountId, [Object(folder, 1)], Ct);
        var (pinned, other) = (Snapshot(folder, Noon), Snapshot(folder, Noon.AddHours(1)));
        await StoreAsync(index, folder, pinned, 1);
        await StoreAsync(index, folder, other, 1);
        await test.ExecuteAsync("UPDATE backup_snapshot SET pinned = true WHERE name = @Name", new { pinned.Name });

        await index.MarkDeletingAsync(folder.AccountId, [pinned.Name, other.Name], Noon.AddDays(1), Ct);
        Assert.Equal(
            [(SnapshotStage.Deleting, (DateTimeOffset?)Noon.AddDays(1)), (SnapshotStage.Complete, null)],
            (await index.ListSnapshotsAsync(folder.AccountId, Ct)).Select(snapshot => (snapshot.Stage, snapshot.DeletingSince)));

        await index.UnmarkDeletingAsync(folder.AccountId, [other.Name], Ct);
        Assert.All(await index.ListSnapshotsAsync(folder.AccountId, Ct), snapshot => Assert.Equal(SnapshotStage.Complete, snapshot.Stage));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task The_rehearsal_of_retention_counts_what_no_other_snapshot_uses(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var (index, folder) = await FolderAsync(test);
        await index.AddObjectsAsync(folder.AccountId, [Object(folder, 1), Object(folder, 2), Object(folder, 3)], Ct);
        await StoreAsync(index, folder, Snapshot(folder, Noon), 1, 2);
        await StoreAsync(index, folder, Snapshot(folder, Noon.AddHours(1)), 1, 3);
        var ids = new List<string>();
        for (var seq = 1; seq <= 2; seq++)
            ids.Add(await test.SingleAsync<string>($"SELECT id FROM backup_snapshot WHERE seq = {seq}"));
        var reads = new SnapshotReads(test.Database);

        Assert.Equal(100 + 10, await reads.OnlyUsedByAsync([ids[0]], Ct));
        Assert.Equal((3 * 100) + 20, await reads.OnlyUsedByAsync(ids, Ct));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task What_is_in_a_pack_comes_back_and_goes_with_it(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var (index, folder) = await FolderAsync(test);
        var packs = new[] { Object(folder, 1), Object(folder, 2) }
            .Select(one => one with { Content = new ObjectContent(ObjectKind.Pack, one.Content.Sha256) }).ToList();
        var blobs = Enumerable.Range(0, 5).Select(i => new PackedBlob(
            packs[i / 3].Name, ObjectContent.OfBlob(Cid.ForRaw([(byte)i])), (5L << 33) + (100 * i), (1 << 20) + i)).ToList();
        await index.AddPackAsync(folder.AccountId, packs[0], blobs[..3], Ct);
        await index.AddPackAsync(folder.AccountId, packs[1], blobs[3..], Ct);
        await index.AddPackAsync(folder.AccountId, packs[1], blobs[3..], Ct);

        Assert.Equal(blobs, (await index.ListPackedAsync(folder.AccountId, Ct)).OrderBy(blob => blob.Offset));
        Assert.Equal([ObjectKind.Pack, ObjectKind.Pack], (await index.ListObjectsAsync(folder.AccountId, Ct)).Select(one => one.Content.Kind));
        await StoreAsync(index, folder, Snapshot(folder, Noon), 1);

        // A pack that some snapshot uses stays as a whole, another goes as a whole.
        Assert.Equal([Name(folder, 2)], await ClaimAsync(index, folder));
        await index.RemoveObjectAsync(folder.AccountId, Name(folder, 2), Ct);
        Assert.Equal(blobs[..3], (await index.ListPackedAsync(folder.AccountId, Ct)).OrderBy(blob => blob.Offset));
        Assert.Equal(1, await test.SingleAsync<long>("SELECT count(*) FROM backup_pack"));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_lease_that_ran_out_writes_nothing(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        var (index, folder) = await FolderAsync(test);
        await test.ExecuteAsync("UPDATE backup_account SET lease_until = now_ms() - 1");

        await Assert.ThrowsAsync<WorkLostException>(() => index.AddObjectsAsync(folder.AccountId, [Object(folder, 1)], Ct));
        await Assert.ThrowsAsync<WorkLostException>(() => index.AddPackAsync(folder.AccountId, Object(folder, 1), [], Ct));
        await Assert.ThrowsAsync<WorkLostException>(() => index.BeginSnapshotAsync(Snapshot(folder, Noon), [], Ct));

        Assert.Empty(await index.ListObjectsAsync(folder.AccountId, Ct));
    }

    private static async Task<IEnumerable<string>> ClaimAsync(BackupIndex index, AccountFolder folder) =>
        (await index.ClaimUnusedAsync(folder.AccountId, Noon.AddDays(1), Ct)).Select(one => one.Name).Order(StringComparer.Ordinal);

    private static async Task StoreAsync(BackupIndex index, AccountFolder folder, SnapshotSummary snapshot, params int[] objects)
    {
        await index.BeginSnapshotAsync(snapshot, [.. objects.Select(number => Name(folder, number))], Ct);
        await index.CompleteSnapshotAsync(folder.AccountId, snapshot.Name, 10, "bb", Ct);
    }

    private static async Task<(BackupIndex Index, AccountFolder Folder)> FolderAsync(TestDatabase test)
    {
        var index = await IndexAsync(test);
        return (index, await index.AddFolderAsync(NewFolder(), Ct));
    }

    /// <summary>An index under a living lease.</summary>
    private static async Task<BackupIndex> IndexAsync(TestDatabase test)
    {
        var id = Guid.NewGuid();
        await test.ExecuteAsync(
            """
            INSERT INTO backup_account (id, owner, did, pds, queue, state, why, fence, lease_holder, lease_until, created_at, updated_at)
            VALUES (@Id, 'local', @Did, 'https://pds.example', 'pds.example:443', 'New', 'first', 1, 'me', now_ms() + 600000, now_ms(), now_ms())
            """,
            new { Id = id.ToString("N"), Did = Alice.ToString() });
        return new BackupIndex(test.Database, test.Vault, new WorkLease(new WorkId(WorkKind.Backup, id), 1, "me"));
    }

    private static AccountFolder NewFolder()
    {
        using var identity = AgeIdentity.Generate();
        return AccountFolder.Create(Guid.NewGuid(), Alice, [identity.Recipient], Noon);
    }

    private static string Name(AccountFolder folder, int number) => $"accounts/{folder.AccountId}/objects/{number}.age";

    private static StoredObject Object(AccountFolder folder, int number) => new(
        Name(folder, number), new ObjectContent(ObjectKind.Blob, $"{number:x64}"), 80, 100, $"{number:x64}", 0, Noon, ObjectHealth.Good, Noon);

    private static SnapshotSummary Snapshot(AccountFolder folder, DateTimeOffset at) => new(
        folder.AccountId, BackupLayout.NewSnapshotName(folder.AccountId, at), at, Alice, "alice.example.com", new Uri("https://pds.example"),
        "3lbazzz2k222s", SomeCid, SomeCid, 12, 3, 300, 1, true, "mark",
        [new ChainLink(Name(folder, 1), CarKind.Full, "pds.example", "3lbazzz2k222s", null, 80)], 210, 210, null);
}
