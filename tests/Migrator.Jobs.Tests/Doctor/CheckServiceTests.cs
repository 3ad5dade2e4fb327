using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Doctor;
using Migrator.Jobs.Doctor;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Storage;
using Migrator.Testing.Repos;
using Xunit;

namespace Migrator.Jobs.Tests.Doctor;

/// <summary>Checks of files as pages and API begin them. What a check finds is tested where the doctor is.</summary>
public sealed class CheckServiceTests : IAsyncDisposable
{
    private static readonly Did Alice = Did.Parse("did:plc:ewvi7nxzyoun6zhxrhs64oiz");
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("migrator-checks-");
    private readonly CheckServiceOptions _options = new() { LargestFile = 200_000, MostKept = 5, KeptFree = 0 };
    private readonly CheckService _service;

    public CheckServiceTests() => _service = new CheckService(
        new CarDoctor(null, TimeProvider.System), new AccountDoctor(null!, TimeProvider.System), Options.Create(_options),
        Options.Create(new StorageOptions { Data = _data.FullName }), TimeProvider.System, NullLogger<CheckService>.Instance);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_is_taken_in_checked_and_deleted_and_only_its_owner_sees_the_result()
    {
        using var key = PrivateKey.Generate(KeyCurve.K256);
        var begun = await _service.CheckFileAsync("me", "../my repo.car", new MemoryStream(SampleRepo.Create(Alice, key, 20).Build().ToCar()), Ct);
        var done = await UntilOverAsync(begun.Value!.Id);

        Assert.Equal((CheckState.Done, CheckVerdict.Whole, "my repo.car"), (done.State, done.Report!.Verdict, done.Subject));
        Assert.Null(_service.Find("other", done.Id));
        Assert.False(_service.Stop("other", done.Id));
        Assert.Empty(Directory.EnumerateFiles(_data.FullName, "*.car", SearchOption.AllDirectories));
        Assert.True(_service.Stop("me", done.Id));
        Assert.Null(_service.Find("me", done.Id));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200_001)]
    public async Task An_empty_file_and_one_over_the_limit_are_refused_and_leave_nothing(int bytes)
    {
        var refused = await _service.CheckFileAsync("me", "repo.car", new MemoryStream(new byte[bytes]), Ct);
        Assert.Equal(ServiceOutcome.Invalid, refused.Outcome);
        Assert.Empty(Directory.EnumerateFiles(_data.FullName, "*", SearchOption.AllDirectories));
        Assert.Empty(_service.List("me"));
    }

    [Fact]
    public async Task A_file_counts_while_it_is_taken_in()
    {
        var uploads = Enumerable.Range(0, 5).Select(_ => new System.IO.Pipelines.Pipe()).ToList();
        var begun = uploads.Select(upload => _service.CheckFileAsync("me", "repo.car", upload.Reader.AsStream(), Ct)).ToList();
        Assert.Equal(5, _service.List("me").Count);
        Assert.Equal(ServiceOutcome.Conflict, (await _service.CheckFileAsync("me", "repo.car", new MemoryStream([1]), Ct)).Outcome);
        Assert.Equal(ServiceOutcome.Conflict, _service.CheckAccount("me", new CheckAccount("alice.example")).Outcome);
        Assert.True((await _service.CheckFileAsync("other", "repo.car", new MemoryStream([1]), Ct)).IsOk);

        // One that is stopped while it comes makes room at once.
        Assert.True(_service.Stop("me", _service.List("me")[0].Id));
        Assert.Equal(FileRefusal.Stopped, Assert.Single((await (await Task.WhenAny(begun))).Problems).Code);
        Assert.Equal(4, _service.List("me").Count);
        foreach (var upload in uploads)
            await upload.Writer.CompleteAsync();
        Assert.Equal(4, (await Task.WhenAll(begun)).Count(result => result.Problems[0].Code == FileRefusal.None));
        Assert.Empty(_service.List("me"));
    }

    [Fact]
    public async Task No_file_is_taken_in_when_the_disk_would_be_too_full()
    {
        _options.KeptFree = long.MaxValue;
        var refused = await _service.CheckFileAsync("me", "repo.car", new MemoryStream(new byte[1000]), Ct);
        Assert.Equal((ServiceOutcome.Conflict, FileRefusal.NoRoom), (refused.Outcome, refused.Problems[0].Code));
        Assert.Empty(Directory.EnumerateFiles(_data.FullName, "*", SearchOption.AllDirectories));
        Assert.Empty(_service.List("me"));
    }

    [Fact]
    public async Task The_oldest_that_is_over_makes_room()
    {
        var ids = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            var begun = await _service.CheckFileAsync("me", "repo.car", new MemoryStream([1, 2, 3]), Ct);
            ids.Add((await UntilOverAsync(begun.Value!.Id)).Id);
        }

        Assert.Equal(5, _service.List("me").Count);
        Assert.Null(_service.Find("me", ids[0]));
        Assert.NotNull(_service.Find("me", ids[6]));
    }

    [Theory]
    [InlineData("", null, "Account")]
    [InlineData("alice.example", "not a host/at all", "OtherHost")]
    public void What_was_typed_wrong_is_told_at_its_field(string account, string? other, string field) =>
        Assert.Equal(field, _service.CheckAccount("me", new CheckAccount(account, other)).Problems.Single().Field);

    [Fact]
    public async Task A_mistake_of_ours_ends_as_failed_and_not_as_a_check_that_never_ends()
    {
        // Without anyone to ask, the check of an account cannot even begin.
        var begun = _service.CheckAccount("me", new CheckAccount("alice.example"));
        var ended = await UntilOverAsync(begun.Value!.Id);
        Assert.Equal(CheckState.Failed, ended.State);
        Assert.NotNull(ended.Problem);
    }

    public async ValueTask DisposeAsync()
    {
        await _service.StopAsync(CancellationToken.None);
        _service.Dispose();
        _data.Delete(recursive: true);
    }

    private async Task<CheckView> UntilOverAsync(string id)
    {
        await _service.EndedAsync(id).WaitAsync(TimeSpan.FromSeconds(30), Ct);
        return _service.Find("me", id)!;
    }
}
