using System.Diagnostics;
using Migrator.Core.Vaults;
using Migrator.Testing;
using Xunit;
using static Migrator.Core.Tests.Vaults.VaultCalls;

namespace Migrator.Core.Tests.Vaults;

/// <summary>What only a folder can get wrong.</summary>
public sealed class FileVaultTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _above = Directory.CreateTempSubdirectory("vault-").FullName;
    private readonly VaultWorld _world = new();

    private string Folder => Path.Combine(_above, "vault");
    private string Incoming => Path.Combine(Folder, ".incoming");

    [Fact]
    public async Task Folders_and_files_are_for_their_owner_alone()
    {
        var vault = await SetUpAsync();
        await vault.PutAsync("a/b/c", Bytes(10));
        foreach (var folder in (string[])["", "a", "a/b", ".incoming"])
            Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(Folder, folder)));
        foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_finished_write_leaves_no_second_name()
    {
        var vault = await SetUpAsync();
        await vault.PutAsync("a", Bytes(10));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Incoming));
    }

    [Fact]
    public async Task A_full_disk_is_said_and_nothing_is_left_of_the_object()
    {
        var mount = await MountAsync("2m");
        try
        {
            await using var vault = _world.OpenFolder(Path.Combine(mount, "vault"));
            var marker = await VaultMarker.ReadOrCreateAsync(vault, Cancel);
            await vault.PutAsync("fits", Bytes(500_000));
            await vault.PutAsync("too-large", Bytes(4_000_000), piece: 100_000).FailsAsync(VaultFault.Full);
            Assert.Equal(["fits", VaultMarker.ObjectName], await vault.NamesAsync());
            Assert.Equal(Bytes(500_000), await vault.ReadAsync("fits"));
            await vault.PutAsync("fits-too", Bytes(500_000)); // the room of the failed one is free again
            Assert.Equal(marker.Id, (await VaultMarker.ConfirmAsync(vault, marker.Id, Cancel)).Id);
        }
        finally
        {
            await RunAsync("umount", mount);
        }
    }

    [Fact]
    public async Task A_disk_that_is_taken_away_is_not_taken_for_an_empty_vault()
    {
        var vault = await SetUpAsync();
        var marker = await VaultMarker.ReadOrCreateAsync(vault, Cancel);
        await vault.PutAsync("a", Bytes(10));
        Directory.Move(Folder, Folder + ".away");
        await vault.PutAsync("b", Bytes(10)).FailsAsync(VaultFault.Unreachable);
        await vault.FindAsync("a", Cancel).FailsAsync(VaultFault.Unreachable);
        await vault.OpenAsync("a", Cancel).FailsAsync(VaultFault.Unreachable);
        await vault.NamesAsync().FailsAsync(VaultFault.Unreachable);
        Assert.False(Directory.Exists(Folder));

        Directory.CreateDirectory(Folder); // what a mount point looks like without its disk
        await vault.PutAsync("b", Bytes(10)).FailsAsync(VaultFault.Swapped);
        await vault.FindAsync("a", Cancel).FailsAsync(VaultFault.Swapped);
        await vault.DeleteAsync("a", Cancel).FailsAsync(VaultFault.Swapped);
        await VaultMarker.ConfirmAsync(_world.OpenFolder(Folder), marker.Id, Cancel).FailsAsync(VaultFault.Swapped);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Folder));

        Directory.Delete(Folder);
        Directory.Move(Folder + ".away", Folder); // back again, all is well
        await vault.PutAsync("b", Bytes(10));
    }

    [Fact]
    public async Task A_folder_that_is_swapped_while_an_object_is_written_is_noticed_before_it_gets_its_name()
    {
        var vault = await SetUpAsync();
        await vault.PutAsync("a", async (stream, cancel) =>
        {
            await stream.WriteAsync(Bytes(200_000), cancel);
            Directory.Move(Folder, Folder + ".away");
            await using var other = _world.OpenFolder(Folder);
            await VaultMarker.ReadOrCreateAsync(other, cancel);
        }, Cancel).FailsAsync(VaultFault.Swapped);
        Assert.False(File.Exists(Path.Combine(Folder, "a")));
    }

    [Fact]
    public async Task A_vault_is_not_made_below_a_folder_that_is_not_there()
    {
        await using var vault = _world.OpenFolder(Path.Combine(_above, "no-such-disk", "vault"));
        var fault = await VaultMarker.ReadOrCreateAsync(vault, Cancel).FailsAsync(VaultFault.Unreachable);
        Assert.Contains("no-such-disk", fault.Message, StringComparison.Ordinal);
        Assert.Equal(VaultFault.Unreachable, (await vault.TryOutAsync(Cancel)).Problem?.Fault);
        Assert.False(Directory.Exists(Path.Combine(_above, "no-such-disk")));
    }

    [Fact]
    public async Task What_killed_processes_left_is_swept_and_what_living_ones_write_is_not()
    {
        var vault = await SetUpAsync();
        var old = DateTime.UtcNow.AddHours(-2);
        var dead = Path.Combine(Incoming, "dead");
        var young = Path.Combine(Incoming, "young");
        await File.WriteAllBytesAsync(dead, Bytes(10), Cancel);
        await File.WriteAllBytesAsync(young, Bytes(10), Cancel);
        File.SetLastWriteTimeUtc(dead, old);
        await vault.PutAsync("slow", async (stream, cancel) =>
        {
            await stream.WriteAsync(Bytes(200_000), cancel);
            var living = Directory.EnumerateFiles(Incoming).Single(path => path != dead && path != young);
            File.SetLastWriteTimeUtc(living, old);
            await using var second = _world.OpenFolder(Folder);
            await second.PutAsync("other", Bytes(10));
            Assert.True(File.Exists(living));
        }, Cancel);
        Assert.Equal(200_000, (await vault.FindAsync("slow", Cancel))!.Length);
        Assert.Equal([young], Directory.EnumerateFiles(Incoming));
    }

    [Fact]
    public async Task A_leftover_that_may_not_be_opened_is_left_there_and_stops_no_write()
    {
        await SetUpAsync();
        // What nobody may write to, root neither.
        var foreign = File.CreateSymbolicLink(Path.Combine(Incoming, "foreign"), "/proc/sys/kernel/ostype").FullName;
        var dead = Path.Combine(Incoming, "dead");
        await File.WriteAllBytesAsync(dead, Bytes(10), Cancel);
        using var later = new VaultWorld(time: new ManualTime(TimeProvider.System.GetUtcNow().AddHours(2)));
        await using var vault = later.OpenFolder(Folder);
        await vault.PutAsync("a", Bytes(10));
        Assert.Equal([foreign], Directory.EnumerateFiles(Incoming));
    }

    [Fact]
    public async Task A_writer_that_is_killed_leaves_no_visible_object()
    {
        await SetUpAsync();
        // What kill -9 leaves is what a write leaves that never goes on: all that follows it never happens.
        var never = new TaskCompletionSource();
        var wrote = new TaskCompletionSource();
        var vault = _world.OpenFolder(Folder);
        var writing = vault.PutAsync("half", async (stream, cancel) =>
        {
            await stream.WriteAsync(Bytes(300_000), cancel);
            wrote.SetResult();
            await never.Task;
        }, Cancel);
        await wrote.Task;
        await using var second = _world.OpenFolder(Folder);
        Assert.Equal([VaultMarker.ObjectName], await second.NamesAsync());
        await second.PutAsync("half", Bytes(5));
        never.SetResult();
        await writing.FailsAsync(VaultFault.AlreadyThere); // the one that came first stays
        Assert.Equal(Bytes(5), await second.ReadAsync("half"));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a/b")]
    [InlineData("a/b/c")]
    public async Task A_symbolic_link_inside_a_vault_is_not_followed(string link)
    {
        var vault = await SetUpAsync();
        var outside = Directory.CreateDirectory(Path.Combine(_above, "outside")).FullName;
        await File.WriteAllTextAsync(Path.Combine(outside, "c"), "secret", Cancel);
        var path = Path.Combine(Folder, link);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (link == "a/b/c") File.CreateSymbolicLink(path, Path.Combine(outside, "c"));
        else Directory.CreateSymbolicLink(path, outside);
        await vault.OpenAsync("a/b/c", Cancel).FailsAsync(VaultFault.Refused);
        await vault.PutAsync("a/b/c", Bytes(1)).FailsAsync(VaultFault.Refused);
        await vault.DeleteAsync("a/b/c", Cancel).FailsAsync(VaultFault.Refused);
        Assert.Equal([VaultMarker.ObjectName], await vault.NamesAsync());
        Assert.Equal("secret", await File.ReadAllTextAsync(Path.Combine(outside, "c"), Cancel));
    }

    [Fact]
    public async Task A_link_in_place_of_the_folder_for_unfinished_files_is_neither_swept_nor_written_through()
    {
        var vault = await SetUpAsync();
        var outside = Directory.CreateDirectory(Path.Combine(_above, "outside")).FullName;
        var foreign = Path.Combine(outside, "letters");
        await File.WriteAllTextAsync(foreign, "old", Cancel);
        File.SetLastWriteTimeUtc(foreign, DateTime.UtcNow.AddHours(-2));
        Directory.Delete(Incoming);
        Directory.CreateSymbolicLink(Incoming, outside);
        await using var second = _world.OpenFolder(Folder); // one that has not swept yet
        foreach (var each in (IVault[])[second, vault])
        {
            var fault = await each.PutAsync("a", Bytes(1)).FailsAsync(VaultFault.Refused);
            Assert.Contains(".incoming is a symbolic link", fault.Message, StringComparison.Ordinal);
        }
        Assert.Equal([foreign], Directory.EnumerateFiles(outside));
    }

    [Fact]
    public async Task A_marker_of_any_size_is_read_no_further_than_one_can_be_long()
    {
        var vault = await SetUpAsync();
        Assert.Null(await vault.FindAsync("a", Cancel)); // from now on it knows its marker
        await using (var marker = File.OpenWrite(Path.Combine(Folder, VaultMarker.ObjectName)))
        {
            marker.SetLength(3L << 30); // more than any array holds; takes no room on the disk
        }
        await vault.FindAsync("a", Cancel).FailsAsync(VaultFault.Swapped);
    }

    [Fact]
    public async Task Files_that_others_put_there_are_no_objects()
    {
        var vault = await SetUpAsync();
        await File.WriteAllTextAsync(Path.Combine(Folder, ".DS_Store"), "x", Cancel);
        await File.WriteAllTextAsync(Path.Combine(Folder, "My Notes.TXT"), "x", Cancel);
        Assert.Equal([VaultMarker.ObjectName], await vault.NamesAsync());
    }

    [Fact]
    public async Task A_file_system_without_hard_links_still_overwrites_nothing()
    {
        await SetUpAsync();
        const int NotPermitted = 1; // what exFAT says to link(2)
        var log = Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;
        await using var vault = new FileVault(Folder, TimeProvider.System, log, (_, _) => NotPermitted);
        await vault.PutAsync("a", Bytes(10));
        await vault.PutAsync("a", Bytes(11)).FailsAsync(VaultFault.AlreadyThere);
        Assert.Equal(Bytes(10), await vault.ReadAsync("a"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Incoming));
    }

    [Fact]
    public async Task A_read_only_disk_is_refused_with_its_reason()
    {
        var mount = await MountAsync("2m");
        try
        {
            await using var vault = _world.OpenFolder(Path.Combine(mount, "vault"));
            await VaultMarker.ReadOrCreateAsync(vault, Cancel);
            await RunAsync("mount", "-o", "remount,ro", mount);
            var fault = await vault.PutAsync("a", Bytes(1)).FailsAsync(VaultFault.Refused);
            Assert.Contains("can only be read", fault.Message, StringComparison.Ordinal);
        }
        finally
        {
            await RunAsync("umount", mount);
        }
    }

    [Fact]
    public async Task Trying_out_tells_what_others_may_see_and_how_much_room_there_is()
    {
        var vault = await SetUpAsync();
        File.SetUnixFileMode(Folder, File.GetUnixFileMode(Folder) | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        var trial = await vault.TryOutAsync(Cancel);
        Assert.Contains(trial.Remarks, remark => remark.Contains("Other users", StringComparison.Ordinal));
        Assert.Equal((true, ObjectLock.None), (trial.RefusesOverwrite, trial.ObjectLock));
        Assert.True(trial.FreeBytes > 0);
    }

    public void Dispose()
    {
        _world.Dispose();
        Directory.Delete(_above, recursive: true);
    }

    private async Task<IVault> SetUpAsync()
    {
        var vault = _world.OpenFolder(Folder);
        await VaultMarker.ReadOrCreateAsync(vault, Cancel);
        return vault;
    }

    /// <summary>A disk of its own; for that a test must run as root.</summary>
    private async Task<string> MountAsync(string size)
    {
        var mount = Directory.CreateDirectory(Path.Combine(_above, "disk")).FullName;
        if (await RunAsync("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", mount) != 0)
            Assert.Skip("A small disk can't be mounted here");
        return mount;
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode;
    }
}
