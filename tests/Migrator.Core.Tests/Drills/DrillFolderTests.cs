using Microsoft.Extensions.Logging.Abstractions;
using Migrator.Core.Drills;
using Xunit;

namespace Migrator.Core.Tests.Drills;

/// <summary>What drills leave behind, and who takes it away.</summary>
public sealed class DrillFolderTests : IDisposable
{
    private readonly string _work = Directory.CreateTempSubdirectory("migrator-drill-folder-").FullName;

    public void Dispose() => Directory.Delete(_work, recursive: true);

    [Fact]
    public void A_drill_that_ended_leaves_nothing()
    {
        using (var folder = DrillFolder.Create(Path.Combine(_work, "new")))
            File.WriteAllText(Path.Combine(folder.Subfolder("proof"), "repo.car"), "unsealed");
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_work, "new")));
    }

    [Fact]
    public void Only_its_owner_can_look_into_it()
    {
        using var folder = DrillFolder.Create(_work);
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(owner, File.GetUnixFileMode(folder.Path));
    }

    [Fact]
    public void Sweeping_takes_what_was_left_and_not_what_is_under_way_or_somebody_elses()
    {
        var left = Directory.CreateDirectory(Path.Combine(_work, "drill-0123")).FullName;
        File.WriteAllText(Path.Combine(left, "repo.car"), "unsealed");
        var other = Directory.CreateDirectory(Path.Combine(_work, "photos")).FullName;
        using var underWay = DrillFolder.Create(_work);

        DrillFolder.Sweep(_work, NullLogger.Instance);

        Assert.Equal((false, true, true), (Directory.Exists(left), Directory.Exists(underWay.Path), Directory.Exists(other)));
        Assert.False(File.Exists(left + ".lock"));
    }

    [Fact]
    public void Sweeping_a_folder_that_is_not_there_makes_none()
    {
        DrillFolder.Sweep(Path.Combine(_work, "nowhere"), NullLogger.Instance);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_work));
    }
}
