using System.Text.Json;
using Migrator.Core.Vaults;
using Xunit;

namespace Migrator.Core.Tests.Vaults;

public sealed class VaultSettingsTests
{
    [Fact]
    public void Settings_come_back_from_json_as_what_they_were()
    {
        VaultSettings[] all =
        [
            new FileVaultSettings("/srv/vault"),
            new S3VaultSettings(new Uri("https://s3.example.com"), "eu-1", "bucket", "a/b/", PathStyle: false),
        ];
        Assert.Equal(all, JsonSerializer.Deserialize<VaultSettings[]>(JsonSerializer.Serialize(all)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("relative/folder")]
    [InlineData("/")]
    [InlineData("/..")]
    public void A_folder_must_be_a_full_path_and_not_the_root(string folder) =>
        Assert.Single(new FileVaultSettings(folder).FindProblems());

    [Theory]
    [InlineData("a", true)]
    [InlineData("accounts/abc/objects/x.age", true)]
    [InlineData("20260115t120000z-0f.age", true)]
    [InlineData("a/.b", false)]
    [InlineData("-a", true)]
    [InlineData("A", false)]
    [InlineData("a b", false)]
    [InlineData("ä", false)]
    public void Names_have_few_characters(string name, bool valid) => Assert.Equal(valid, VaultName.IsValid(name));

    [Fact]
    public void A_name_has_200_characters_at_most()
    {
        Assert.True(VaultName.IsValid(new string('a', 200)));
        Assert.False(VaultName.IsValid(new string('a', 201)));
    }
}
