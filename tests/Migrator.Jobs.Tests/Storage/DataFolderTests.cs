using Migrator.Jobs.Storage;
using Xunit;

namespace Migrator.Jobs.Tests.Storage;

public sealed class DataFolderTests
{
    [Fact]
    public void A_second_instance_is_refused_until_the_first_has_ended()
    {
        var folder = Directory.CreateTempSubdirectory("migrator-test-").FullName;
        try
        {
            using (DataFolder.Open(folder, exclusive: true))
            {
                var refused = Assert.Throws<StartRefusedException>(() => DataFolder.Open(folder, exclusive: true));
                Assert.Contains(folder, refused.Message, StringComparison.Ordinal);
            }

            using var next = DataFolder.Open(folder, exclusive: true);
            Assert.Equal(folder, next.Path);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_folder_is_made_for_its_user_only()
    {
        var parent = Directory.CreateTempSubdirectory("migrator-test-").FullName;
        try
        {
            var folder = Path.Combine(parent, "data");
            using var opened = DataFolder.Open(folder, exclusive: true);
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        }
        finally
        {
            Directory.Delete(parent, recursive: true);
        }
    }
}
