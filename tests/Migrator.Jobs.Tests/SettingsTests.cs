using Microsoft.Extensions.Options;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Tests.Engine;
using Xunit;

namespace Migrator.Jobs.Tests;

public sealed class SettingsTests
{
    [Fact]
    public async Task All_wrong_settings_are_named_at_once_with_their_values()
    {
        await using var engine = TestEngine.Create(
            new StorageOptions { Data = " " },
            ("Migrator:Database:Provider", "oracle"),
            ("Migrator:Role", "boss"),
            ("Migrator:Engine:LeaseSeconds", "1"),
            ("Migrator:Engine:Concurrency", "1000"),
            ("Migrator:Webhook:Url", "ftp://example.com"));

        var wrong = await Assert.ThrowsAsync<AggregateException>(engine.StartAsync);

        var faults = wrong.InnerExceptions.OfType<OptionsValidationException>().SelectMany(problem => problem.Failures).ToList();
        AssertNames(faults, "Migrator:Data", "empty");
        AssertNames(faults, "Migrator:Database:Provider", "oracle");
        AssertNames(faults, "Migrator:Role", "boss");
        AssertNames(faults, "Migrator:Engine:LeaseSeconds", "1");
        AssertNames(faults, "Migrator:Engine:Concurrency", "1000");
        AssertNames(faults, "Migrator:Webhook:Url", "ftp");
    }

    [Fact]
    public async Task A_connection_string_that_cannot_be_read_is_not_repeated()
    {
        await using var engine = TestEngine.Create(
            new StorageOptions { Data = Path.GetTempPath() },
            ("Migrator:Database:Provider", "postgres"),
            ("Migrator:Database:ConnectionString", "Hots=db;Password=MARKED"));

        var wrong = await Assert.ThrowsAsync<OptionsValidationException>(engine.StartAsync);

        Assert.DoesNotContain("MARKED", wrong.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roles_other_than_all_need_PostgreSQL()
    {
        await using var engine = TestEngine.Create(new StorageOptions { Data = Path.GetTempPath() }, ("Migrator:Role", "worker"));

        var wrong = await Assert.ThrowsAsync<OptionsValidationException>(engine.StartAsync);

        Assert.Contains("worker", Assert.Single(wrong.Failures), StringComparison.Ordinal);
    }

    private static void AssertNames(IEnumerable<string> faults, string key, string value) => Assert.Contains(
        faults, fault => fault.Contains(key, StringComparison.Ordinal) && fault.Contains(value, StringComparison.Ordinal));
}
