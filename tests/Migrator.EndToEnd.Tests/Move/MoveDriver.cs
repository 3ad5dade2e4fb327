using Migrator.Core.AtProto.Crypto;
using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Move;

/// <summary>Answers as a person would: the shortest way from a handle to a finished move, each part usable alone.</summary>
internal sealed class MoveDriver(MoveHost host, RealNetwork network, FilledAccount account, PdsProcess from, PdsProcess to, CancellationToken ct)
{
    public const string NewPassword = "a new and long password";

    public string Id { get; private set; } = "";

    public string NewHandle { get; private set; } = "";

    /// <summary>The recovery kit that Migrator made.</summary>
    public RecoveryKit? Kit { get; private set; }

    public async Task<MigrationView> DraftAsync(string? invite = null, string? broughtKey = null, bool recoveryKey = true)
    {
        var created = Ok(await host.Service.CreateAsync(MoveHost.Owner, new CreateMigration(account.Handle), ct));
        Id = created.Id;
        Ok(await host.Service.ChooseTargetAsync(MoveHost.Owner, Id, new ChooseTarget(to.Url), ct));
        Ok(await host.Service.SignInSourceAsync(MoveHost.Owner, Id, new SignIn(account.Password, null), ct));
        NewHandle = network.NewHandle(to, "moved");
        Ok(await host.Service.ChooseAccountAsync(MoveHost.Owner, Id, new ChooseAccount(NewHandle, $"{Id}@example.com", NewPassword, invite), ct));
        if (!recoveryKey)
            return await host.ViewAsync(Id, ct);
        if (broughtKey is not null)
            return Ok(await host.Service.BringRecoveryKeyAsync(MoveHost.Owner, Id, new BringRecoveryKey(broughtKey), ct));
        Kit = Ok(await host.Service.MakeRecoveryKeyAsync(MoveHost.Owner, Id, ct));
        return Ok(await host.Service.ProveRecoveryKeyAsync(MoveHost.Owner, Id, new ProveRecoveryKey(Kit.PrivateKeyHex), ct));
    }

    public async Task<MigrationView> StartAsync() => Ok(await host.Service.StartAsync(MoveHost.Owner, Id, ct));

    public async Task<MigrationView> UntilReadyAsync()
    {
        await StartAsync();
        return await host.UntilHoldAsync(Id, HoldCause.Go, ct);
    }

    public async Task<MigrationView> GoAsync(string signWith = "code", string? key = null) =>
        Ok(await host.Service.GoAsync(MoveHost.Owner, Id, new GiveGo(account.Handle, signWith, key), ct));

    public async Task<MigrationView> GiveMailedCodeAsync()
    {
        await host.UntilHoldAsync(Id, HoldCause.PlcCode, ct);
        var code = await network.ReadCodeAsync(from, account.Did, ct);
        return Ok(await host.Service.GiveCodeAsync(MoveHost.Owner, Id, new GiveCode(code), ct));
    }

    public Task<MigrationView> UntilEndAsync() => host.UntilAsync(Id, view => view.State.IsFinal(), "the end", ct);

    /// <summary>The whole move, from the draft to the end.</summary>
    public async Task<MigrationView> MoveAsync()
    {
        await DraftAsync();
        await UntilReadyAsync();
        await GoAsync();
        await GiveMailedCodeAsync();
        return await UntilEndAsync();
    }

    public static T Ok<T>(ServiceResult<T> result)
        where T : class
    {
        Assert.True(result.IsOk, MoveHost.Text(result));
        return result.Value!;
    }
}
