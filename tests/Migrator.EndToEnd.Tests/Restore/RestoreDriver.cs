using Migrator.Core.Migrations;
using Migrator.EndToEnd.Tests.Move;
using Migrator.Jobs.Migrations;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Restore;

/// <summary>Answers as the owner of a lost account would; each part usable alone.</summary>
internal sealed class RestoreDriver(MoveHost host, LostAccount lost, PdsProcess to, CancellationToken ct)
{
    public const string NewPassword = "a new and long password";

    public string Id { get; private set; } = "";

    public string NewHandle { get; private set; } = "";

    public IRestoreService Restores => host.Get<IRestoreService>();

    /// <param name="place">A folder or file to restore from.</param>
    /// <param name="keyHere">False: only the did:key is given, the operations are signed elsewhere.</param>
    public async Task<MigrationView> DraftAsync(string? place, bool keyHere = true, string? invite = null)
    {
        Id = MoveDriver.Ok(await Restores.CreateRestoreAsync(MoveHost.Owner, new CreateMigration(lost.Account.Did), ct)).Id;
        MoveDriver.Ok(await host.Service.ChooseTargetAsync(MoveHost.Owner, Id, new ChooseTarget(to.Url), ct));
        NewHandle = lost.Network.NewHandle(to, "back");
        MoveDriver.Ok(await host.Service.ChooseAccountAsync(
            MoveHost.Owner, Id, new ChooseAccount(NewHandle, $"{Id}@example.com", NewPassword, invite), ct));
        MoveDriver.Ok(await Restores.GiveRotationKeyAsync(
            MoveHost.Owner, Id, keyHere ? new GiveRotationKey(lost.Key.RevealMultibase(), null) : new GiveRotationKey(null, lost.Key.PublicKey.DidKey), ct));
        if (place is not null)
            MoveDriver.Ok(await Restores.AddFilesAsync(MoveHost.Owner, Id, new AddFiles(place), ct));
        return await host.ViewAsync(Id, ct);
    }

    public async Task<MigrationView> UntilReadyAsync()
    {
        MoveDriver.Ok(await host.Service.StartAsync(MoveHost.Owner, Id, ct));
        return await host.UntilAsync(Id, view => view.Hold is { NeedsThePerson: true }, "a hold", ct);
    }

    public async Task<MigrationView> GoAsync() =>
        MoveDriver.Ok(await Restores.GoRestoreAsync(MoveHost.Owner, Id, new GiveRestoreGo(lost.Account.Did), ct));

    public Task<MigrationView> UntilEndAsync() => host.UntilAsync(Id, view => view.State.IsFinal(), "the end", ct);

    public Task<MigrationView> UntilHoldAsync(HoldCause cause) => host.UntilHoldAsync(Id, cause, ct);

    /// <summary>The whole restore, from the draft to the end.</summary>
    public async Task<MigrationView> RestoreAsync(string place)
    {
        await DraftAsync(place);
        var ready = await UntilReadyAsync();
        if (ready.Hold!.Cause != HoldCause.Go)
            return ready;
        await GoAsync();
        return await UntilEndAsync();
    }
}
