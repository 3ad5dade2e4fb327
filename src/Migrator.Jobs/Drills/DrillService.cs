using FluentValidation;
using Migrator.Core.Age;
using Migrator.Core.Backups;
using Migrator.Core.Drills;
using Migrator.Core.Vaults;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Engine;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Snapshots;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;
using Migrator.Jobs.Storage.Drills;

namespace Migrator.Jobs.Drills;

/// <inheritdoc cref="IDrillService"/>
/// <param name="worksHere">This process does work itself: a key in its memory is where drills can use it.</param>
internal sealed class DrillService(
    DrillStore drills,
    DrillSettingStore settings,
    BackupAccountReads accounts,
    OpenVaults vaults,
    DrillKeys drillKeys,
    SessionKeys sessionKeys,
    ISandboxFinder sandbox,
    IWaker waker,
    TimeProvider time,
    bool worksHere) : IDrillService
{
    private const string PrivateKey = nameof(StartDrill.PrivateKey);
    private const string NoAccount = "There is no such account among the backups.";
    private const string NoSnapshot = "There is no snapshot of this account yet. The first backup makes one; a drill needs it.";
    private const int MostListed = 500;

    public async Task<ServiceResult<DrillView>> StartAsync(string owner, string? session, StartDrill command, CancellationToken ct)
    {
        if (Check<DrillView, StartDrill>(new StartDrillValidator(), command) is { } invalid)
            return invalid;
        if (await FindAccountAsync(owner, command.Account!, ct) is not { } account)
            return ServiceResult<DrillView>.NotFound(NoAccount);
        if (await settings.ChooseAsync(owner, account.Id, ct) is not { } snapshot)
            return ServiceResult<DrillView>.Conflict(NoSnapshot);
        var given = TakeKeys(owner, session, command);
        var kept = given is null && (await settings.ListAsync(owner, account.Id, ct)).GetValueOrDefault(account.Id) is { EscrowedAt: not null };
        if (given is null && !kept)
            return ServiceResult<DrillView>.Invalid(PrivateKey, "Give the private key that opens these backups. It stays in memory until the drill is over.");
        var id = Guid.NewGuid().ToString("N");
        var held = false;
        try
        {
            if (given is not null && (RefuseElsewhere() ?? await RefuseAsync(owner, snapshot, given, ct)) is { } refused)
                return refused;
            if (given is not null)
            {
                drillKeys.Hold(id, given);
                held = true;
            }

            var drill = new NewDrill(id, owner, snapshot, "person", given is null ? DrillKeySource.Escrow : DrillKeySource.Session);
            if (!await drills.AddAsync(drill, ct))
            {
                drillKeys.Drop(id);
                return ServiceResult<DrillView>.Conflict("A drill of this account waits or runs already. Its page shows how far it is.");
            }
        }
        finally
        {
            if (!held)
                KeyText.Dispose(given ?? []);
        }

        await waker.WakeAsync(new WorkId(WorkKind.Drill, Guid.ParseExact(id, "N")), ct);
        return await GetAsync(owner, id, ct);
    }

    public async Task<ServiceResult<DrillView>> GetAsync(string owner, string id, CancellationToken ct) =>
        await drills.FindAsync(owner, id, ct) is { } drill
            ? ServiceResult<DrillView>.Ok(drill)
            : ServiceResult<DrillView>.NotFound("There is no such drill.");

    public Task<IReadOnlyList<DrillView>> ListAsync(string owner, string? accountId, DateTimeOffset? before, int limit, CancellationToken ct) =>
        drills.ListAsync(owner, accountId, before, Math.Clamp(limit, 1, MostListed), ct);

    public async Task<IReadOnlyList<DrillStanding>> ListStandingsAsync(string owner, CancellationToken ct) =>
        await StandingsAsync(owner, await accounts.ListAsync(owner, null, null, ct), null, ct);

    public async Task<ServiceResult<DrillStanding>> GetStandingAsync(string owner, string accountId, CancellationToken ct) =>
        await FindAccountAsync(owner, accountId, ct) is { } account
            ? ServiceResult<DrillStanding>.Ok((await StandingsAsync(owner, [account], accountId, ct))[0])
            : ServiceResult<DrillStanding>.NotFound(NoAccount);

    public async Task<ServiceResult<DrillStanding>> EscrowAsync(string owner, string accountId, EscrowKey command, CancellationToken ct)
    {
        if (Check<DrillStanding, EscrowKey>(new EscrowKeyValidator(), command) is { } invalid)
            return invalid;
        if (await FindAccountAsync(owner, accountId, ct) is null)
            return ServiceResult<DrillStanding>.NotFound(NoAccount);
        if (await settings.ChooseAsync(owner, accountId, ct) is not { } snapshot)
            return ServiceResult<DrillStanding>.Conflict(NoSnapshot);
        var keys = KeyText.Read(command.PrivateKey) ?? throw new InvalidOperationException("The validator let something pass that is no key.");
        try
        {
            if (await RefuseAsync(owner, snapshot, keys, ct) is { } refused)
                return new ServiceResult<DrillStanding>(refused.Outcome, null, refused.Problems);
            await settings.EscrowAsync(owner, accountId, KeyText.Write(keys), ct);
        }
        finally
        {
            KeyText.Dispose(keys);
        }

        return await GetStandingAsync(owner, accountId, ct);
    }

    public async Task<ServiceResult<DrillStanding>> EraseEscrowAsync(string owner, string accountId, CancellationToken ct)
    {
        if (await FindAccountAsync(owner, accountId, ct) is null)
            return ServiceResult<DrillStanding>.NotFound(NoAccount);
        await settings.EraseAsync(owner, accountId, ct);
        return await GetStandingAsync(owner, accountId, ct);
    }

    public async Task<ServiceResult<DrillStanding>> ScheduleAsync(string owner, string accountId, SetDrillSchedule command, CancellationToken ct)
    {
        if (Check<DrillStanding, SetDrillSchedule>(new SetDrillScheduleValidator(), command) is { } invalid)
            return invalid;
        if (await FindAccountAsync(owner, accountId, ct) is null)
            return ServiceResult<DrillStanding>.NotFound(NoAccount);
        await settings.ScheduleAsync(owner, accountId, command.Every!.Value, ct);
        return await GetStandingAsync(owner, accountId, ct);
    }

    public Task<SandboxAvailability> FindSandboxAsync(CancellationToken ct) => sandbox.FindAsync(ct);

    /// <summary>The keys in the command, else a copy of those that the session gave; null: neither.</summary>
    private IReadOnlyList<AgeIdentity>? TakeKeys(string owner, string? session, StartDrill command) => string.IsNullOrWhiteSpace(command.PrivateKey)
        ? session is null ? null : sessionKeys.Copy(SessionKeys.NameOf(owner, session))
        : KeyText.Read(command.PrivateKey);

    private ServiceResult<DrillView>? RefuseElsewhere() => worksHere
        ? null
        : ServiceResult<DrillView>.Conflict(
            "Here pages and work are in different processes, and a key in memory does not get from one to the other. Keep the key here for drills, or run Migrator as one process.");

    /// <summary>Why these keys cannot do for this snapshot; null: they can, as far as can be seen.</summary>
    private async Task<ServiceResult<DrillView>?> RefuseAsync(
        string owner, OwnedSnapshot snapshot, IReadOnlyList<AgeIdentity> keys, CancellationToken ct)
    {
        if (await vaults.FindAsync(owner, snapshot.VaultId, ct) is not { } place)
            return ServiceResult<DrillView>.Conflict("The vault of the newest snapshot is not known here any more.");
        await using var vault = place.Vault;
        try
        {
            await SnapshotReader.OpenAsync(vault, snapshot.Summary.Name, keys, ct);
            return null;
        }
        catch (SnapshotFaultException fault) when (fault.Fault == SnapshotFault.WrongKey)
        {
            return ServiceResult<DrillView>.Invalid(PrivateKey, "This key does not open the newest snapshot: it was sealed to another one.");
        }
        catch (SnapshotFaultException)
        {
            return null;
        }
        catch (VaultException fault)
        {
            return ServiceResult<DrillView>.Unavailable("", $"The place of the backups cannot be read. {fault.Message}");
        }
    }

    private async Task<AccountRow?> FindAccountAsync(string owner, string id, CancellationToken ct) =>
        (await accounts.ListAsync(owner, null, id, ct)).FirstOrDefault();

    private async Task<IReadOnlyList<DrillStanding>> StandingsAsync(
        string owner, IReadOnlyList<AccountRow> rows, string? accountId, CancellationToken ct)
    {
        var told = (await drills.ListTellingAsync(owner, accountId, ct)).ToLookup(drill => drill.AccountId);
        var decided = await settings.ListAsync(owner, accountId, ct);
        var now = time.GetUtcNow();
        return [.. rows.Select(row => Standing(row, [.. told[row.Id]], decided.GetValueOrDefault(row.Id), now))];
    }

    private static DrillStanding Standing(AccountRow row, IReadOnlyList<DrillView> told, DrillSetting? setting, DateTimeOffset now)
    {
        var every = setting?.Every ?? DrillEvery.Weekly;
        var proven = told.FirstOrDefault(drill => drill.State == DrillState.Proven);
        var open = told.FirstOrDefault(drill => !drill.IsOver);
        var isDue = setting?.EscrowedAt is null && open is null && row.LastSnapshotAt is not null
            && DrillSchedule.Period(every) is { } period && !(proven?.EndedAt > now - period);
        return new DrillStanding(
            row.Id, row.Did, row.Handle, proven, told.FirstOrDefault(drill => drill.IsOver), open, every, setting?.EscrowedAt, setting?.NextAt, isDue);
    }

    private static ServiceResult<T>? Check<T, TCommand>(AbstractValidator<TCommand> validator, TCommand command)
        where T : class
    {
        var result = validator.Validate(command);
        return result.IsValid
            ? null
            : ServiceResult<T>.Invalid([.. result.Errors.Select(error => new FieldProblem(error.PropertyName, error.ErrorMessage))]);
    }
}
