using Migrator.Core.Vaults;
using Xunit;
using static Migrator.Core.Tests.Vaults.VaultCalls;

namespace Migrator.Core.Tests.Vaults;

/// <summary>What every vault does, whatever it is made of.</summary>
public abstract class VaultConformance
{
    private const int Part = 8 << 20; // of S3Vault

    /// <summary>A vault that was set up and is empty but for its marker.</summary>
    private protected abstract IVault Vault { get; }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(131_072)]
    [InlineData(Part)]
    [InlineData(Part + 1)]
    [InlineData((2 * Part) + 12_345)]
    public async Task What_is_written_is_read_back_with_length_and_hash(int length)
    {
        var bytes = Bytes(length);
        var receipt = await Vault.PutAsync("accounts/a/x.age", bytes, piece: 300_000);
        Assert.Equal(("accounts/a/x.age", (long)length), (receipt.Name, receipt.Length));
        Assert.Equal(Hash(bytes), receipt.Sha256);
        Assert.Equal(bytes, await Vault.ReadAsync("accounts/a/x.age"));
        Assert.Equal(length, (await Vault.FindAsync("accounts/a/x.age", Cancel))!.Length);
    }

    [Fact]
    public async Task Many_small_writes_make_one_object()
    {
        var bytes = Bytes(50_001);
        await Vault.PutAsync("small", bytes, piece: 7);
        Assert.Equal(bytes, await Vault.ReadAsync("small"));
    }

    [Fact]
    public async Task An_object_is_never_overwritten()
    {
        await Vault.PutAsync("once", Bytes(1000, seed: 1));
        var called = false;
        await Vault.PutAsync("once", (_, _) => Task.FromResult(called = true), Cancel).FailsAsync(VaultFault.AlreadyThere);
        Assert.False(called);
        Assert.Equal(Bytes(1000, seed: 1), await Vault.ReadAsync("once"));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(Part + 500_000)]
    public async Task Nothing_is_visible_before_an_object_is_whole_nor_when_its_writer_fails(int length)
    {
        var trouble = new InvalidOperationException("the writer's own");
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => Vault.PutAsync("half", async (stream, cancel) =>
        {
            await stream.WriteAsync(Bytes(length), cancel);
            await stream.FlushAsync(cancel);
            Assert.Null(await Vault.FindAsync("half", cancel));
            Assert.DoesNotContain("half", await Vault.NamesAsync());
            throw trouble;
        }, Cancel));
        Assert.Same(trouble, thrown);
        Assert.Null(await Vault.FindAsync("half", Cancel));
        await Vault.PutAsync("half", Bytes(10)); // nothing in the way of the next try
    }

    [Fact]
    public async Task A_cancelled_write_leaves_nothing()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Vault.PutAsync("cancelled", async (stream, cancel) =>
        {
            await stream.WriteAsync(Bytes(Part + 1), cancel);
            await stop.CancelAsync();
        }, stop.Token));
        Assert.Null(await Vault.FindAsync("cancelled", Cancel));
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(70_000, 1)]
    [InlineData(65_551, 30_000)]
    [InlineData(99_999, 5)]
    [InlineData(100_000, 5)]
    [InlineData(200_000, 5)]
    public async Task A_part_is_read_from_its_place(int from, int length)
    {
        var bytes = Bytes(100_000);
        await Vault.PutAsync("parts", bytes);
        await using var stream = await Vault.OpenPartAsync("parts", from, length, Cancel);
        var part = new byte[length];
        var count = await stream.ReadAtLeastAsync(part, length, throwOnEndOfStream: false, Cancel);
        Assert.Equal(bytes.Skip(from).Take(length), part.Take(count));
    }

    [Fact]
    public async Task What_is_not_there_is_said_to_be_not_there()
    {
        await Vault.OpenPartAsync("no/such", 5, 5, Cancel).FailsAsync(VaultFault.NotFound);
        await Vault.OpenAsync("no/such", Cancel).FailsAsync(VaultFault.NotFound);
        Assert.Null(await Vault.FindAsync("no/such", Cancel));
        await Vault.DeleteAsync("no/such", Cancel);
        Assert.Empty(await Vault.NamesAsync("no/"));
    }

    [Fact]
    public async Task What_is_deleted_is_gone_and_its_name_is_free()
    {
        await Vault.PutAsync("a/b", Bytes(10));
        await Vault.DeleteAsync("a/b", Cancel);
        Assert.Null(await Vault.FindAsync("a/b", Cancel));
        await Vault.OpenAsync("a/b", Cancel).FailsAsync(VaultFault.NotFound);
        await Vault.PutAsync("a/b", Bytes(11, seed: 2));
        Assert.Equal(Bytes(11, seed: 2), await Vault.ReadAsync("a/b"));
    }

    [Fact]
    public async Task A_list_holds_exactly_what_begins_with_the_prefix()
    {
        foreach (var name in (string[])["a/b/1", "a/b/2", "a/bc/3", "a/b-4", "b/5"]) await Vault.PutAsync(name, Bytes(3));
        Assert.Equal(["a/b-4", "a/b/1", "a/b/2", "a/bc/3"], await Vault.NamesAsync("a/b"));
        Assert.Equal(["a/b/1", "a/b/2"], await Vault.NamesAsync("a/b/"));
        Assert.Equal(["a/b/1"], await Vault.NamesAsync("a/b/1"));
        Assert.Equal(["a/b-4", "a/b/1", "a/b/2", "a/bc/3", "b/5", VaultMarker.ObjectName], await Vault.NamesAsync());
        Assert.Empty(await Vault.NamesAsync("c"));
    }

    [Fact]
    public async Task A_list_of_many_pages_is_complete()
    {
        var names = Enumerable.Range(0, 25).Select(i => $"many/{i:d3}").ToList();
        await Parallel.ForEachAsync(names, Cancel, async (name, _) => await Vault.PutAsync(name, Bytes(5)));
        Assert.Equal(names, await Vault.NamesAsync("many/"));
    }

    [Fact]
    public async Task A_list_tells_length_and_time()
    {
        await Vault.PutAsync("timed", Bytes(1234));
        await foreach (var found in Vault.ListAsync("timed", Cancel))
        {
            Assert.Equal(1234, found.Length);
            Assert.InRange(found.StoredAt, TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(5));
            Assert.Equal(found.StoredAt, (await Vault.FindAsync("timed", Cancel))!.StoredAt, TimeSpan.FromSeconds(2));
        }
    }

    [Fact]
    public async Task Several_objects_are_written_at_once()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 12), Cancel, async (i, _) =>
        {
            await Vault.PutAsync($"at-once/{i}", Bytes(200_000 + i, seed: i), piece: 70_000);
            Assert.Equal(Bytes(200_000 + i, seed: i), await Vault.ReadAsync($"at-once/{i}"));
        });
    }

    [Fact]
    public async Task Of_two_that_set_up_one_vault_both_get_the_same_marker()
    {
        await Vault.DeleteAsync(VaultMarker.ObjectName, Cancel);
        var first = await VaultMarker.ReadOrCreateAsync(Vault, Cancel);
        Assert.Equal(first, await VaultMarker.ReadOrCreateAsync(Vault, Cancel));
        Assert.Equal(first, await VaultMarker.ConfirmAsync(Vault, first.Id, Cancel));
        await VaultMarker.ConfirmAsync(Vault, Guid.NewGuid(), Cancel).FailsAsync(VaultFault.Swapped);
    }

    [Fact]
    public async Task A_vault_without_its_marker_is_not_confirmed()
    {
        var marker = await VaultMarker.ReadOrCreateAsync(Vault, Cancel);
        await Vault.DeleteAsync(VaultMarker.ObjectName, Cancel);
        await VaultMarker.ConfirmAsync(Vault, marker.Id, Cancel).FailsAsync(VaultFault.Swapped);
    }

    [Fact]
    public async Task Trying_out_finds_that_all_works_and_leaves_nothing()
    {
        var trial = await Vault.TryOutAsync(Cancel);
        Assert.True(trial.Works, trial.Problem?.Message);
        Assert.Equal([VaultMarker.ObjectName], await Vault.NamesAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("../x")]
    [InlineData("a/../b")]
    [InlineData("/etc/x")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData(".incoming/x")]
    [InlineData("a\0b")]
    public async Task A_name_that_could_lead_elsewhere_is_refused(string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Vault.PutAsync(name, Bytes(1)));
        await Assert.ThrowsAsync<ArgumentException>(() => Vault.OpenAsync(name, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => Vault.FindAsync(name, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => Vault.DeleteAsync(name, Cancel));
    }
}
