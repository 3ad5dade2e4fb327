using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Migrations;

namespace Migrator.Jobs.Migrations;

/// <summary>Sign-ins and keys: everything that touches a secret.</summary>
public sealed partial class MigrationService
{
    public async Task<ServiceResult<MigrationView>> SignInSourceAsync(string owner, string id, SignIn command, CancellationToken ct)
    {
        if (Check(new SignInValidator(), command) is { } invalid)
            return invalid;
        if (await FindAsync(owner, id, ct) is not { } found)
            return ServiceResult<MigrationView>.NotFound();
        if (!Allowed(found).SignInSource)
            return Refuse("The move is not waiting for this sign-in.");
        var (tokens, trouble) = await OpenSessionAsync(
            found, found.Request.SourcePds, SecretName.SourceTokens, command, nameof(command.Password), nameof(command.Code), ct);
        if (tokens is null)
            return trouble!;
        await tools.Secrets.WriteAsync(found.Id, SecretName.SourceTokens, tokens, ct);
        return await ChangeAsync(owner, id, "migration.sign-in-source", migration => Change(migration.Request with
        {
            SignedInSourceAt = time.GetUtcNow(),
            Tries = migration.Request.Tries + 1,
        }), ct);
    }

    public async Task<ServiceResult<MigrationView>> SignInTargetAsync(string owner, string id, SignIn command, CancellationToken ct)
    {
        if (Check(new SignInValidator(), command) is { } invalid)
            return invalid;
        if (await FindAsync(owner, id, ct) is not { } found)
            return ServiceResult<MigrationView>.NotFound();
        if (!Allowed(found).SignInTarget)
            return Refuse("The move is not waiting for this sign-in.");
        var (tokens, trouble) = await OpenSessionAsync(
            found, found.Request.Target!.Pds, SecretName.TargetTokens, command, nameof(command.Password), nameof(command.Code), ct);
        if (tokens is null)
            return trouble!;
        await tools.Secrets.WriteAsync(found.Id, SecretName.TargetTokens, tokens, ct);
        return await ChangeAsync(owner, id, "migration.sign-in-target", migration => Change(migration.Request with { Tries = migration.Request.Tries + 1 }), ct);
    }

    public async Task<ServiceResult<MigrationView>> BringRecoveryKeyAsync(
        string owner, string id, BringRecoveryKey command, CancellationToken ct)
    {
        if (Check(new BringRecoveryKeyValidator(), command) is { } invalid)
            return invalid;
        return await ChangeAsync(owner, id, "migration.recovery-key", migration => KeyIsOpen(migration)
            ? Change(migration.Request with
            {
                RecoveryKey = new RecoveryKey(PublicKey.ParseDidKey(command.DidKey!.Trim()).DidKey, RecoveryKeyOrigin.Brought, null),
                Tries = migration.Request.Tries + 1,
            })
            : Refuse("The recovery key can no longer be changed."), ct);
    }

    public async Task<ServiceResult<RecoveryKit>> MakeRecoveryKeyAsync(string owner, string id, CancellationToken ct)
    {
        using var key = PrivateKey.Generate(KeyCurve.K256);
        var stored = await ChangeAsync(owner, id, "migration.recovery-key", migration => KeyIsOpen(migration)
            ? Change(migration.Request with { RecoveryKey = new RecoveryKey(key.PublicKey.DidKey, RecoveryKeyOrigin.Made, null) })
            : Refuse("The recovery key can no longer be changed."), ct);
        if (!stored.IsOk)
            return new ServiceResult<RecoveryKit>(stored.Outcome, null, stored.Problems);
        var view = stored.Value!;
        return ServiceResult<RecoveryKit>.Ok(
            new RecoveryKit(view.Did, view.Handle, key.PublicKey.DidKey, key.RevealHex(), key.RevealMultibase(), time.GetUtcNow()));
    }

    public async Task<ServiceResult<MigrationView>> ProveRecoveryKeyAsync(
        string owner, string id, ProveRecoveryKey command, CancellationToken ct)
    {
        if (Check(new ProveRecoveryKeyValidator(), command) is { } invalid)
            return invalid;
        if (!PrivateKey.TryParse(command.PrivateKey?.Trim(), out var key))
            return ServiceResult<MigrationView>.Invalid(
                nameof(command.PrivateKey), "This is not a private key: it is 64 hex digits, or begins with z.");
        using (key)
        {
            var didKey = key.PublicKey.DidKey;
            return await ChangeAsync(owner, id, "migration.recovery-key-proof", migration =>
            {
                if (migration.Request.RecoveryKey is not { } wanted)
                    return Refuse("Make a recovery key first.");
                return wanted.DidKey == didKey
                    ? Change(
                        migration.Request with
                        {
                            RecoveryKey = wanted with { ProvenAt = time.GetUtcNow() },
                            Tries = migration.Request.Tries + 1
                        })
                    : ServiceResult<MigrationView>.Invalid(
                        nameof(command.PrivateKey), $"This is another key ({didKey}). Paste the one from the newest kit.");
            }, ct);
        }
    }

    /// <summary>
    /// The key goes into the signed operation, so it is fixed once the go was given. After a cut that was taken back it is open again: an
    /// operation that names another key is thrown away and signed anew (<see cref="IdentityChange"/>).
    /// </summary>
    private static bool KeyIsOpen(Migration migration) =>
        migration.Progress.State is MigrationState.Draft or MigrationState.Copying or MigrationState.ReadyForCutover
        && migration.Request.Wish != Wish.Cancel
        && (migration.Request.Go?.Number ?? 0) == migration.Progress.Cutover.GoTaken;

    /// <summary>
    /// Signs in and checks that the session is the right account's and full. Nothing is kept: secrets are written when nothing can be
    /// refused any more, because nobody would erase them from a move that has ended.
    /// </summary>
    /// <returns>The tokens as they are kept, or why there are none.</returns>
    private async Task<(string? Tokens, ServiceResult<MigrationView>? Trouble)> OpenSessionAsync(
        Migration migration, Uri pds, SecretName name, SignIn signIn, string passwordField, string codeField, CancellationToken ct)
    {
        var code = string.IsNullOrWhiteSpace(signIn.Code) ? null : signIn.Code.Trim();
        var handleThere = name == SecretName.TargetTokens ? migration.Request.NewAccount?.Handle : migration.Request.SourceHandle;
        var opened = await tools.Servers.Anonymous(pds)
            .CreateSessionAsync(SignInName.Of(migration.Request.Did, handleThere), signIn.Password!, code, ct);
        if (!opened.IsOk)
            return (null, SignInTrouble.Explain<MigrationView>(opened.Error, pds, code is not null, passwordField, codeField));
        var session = opened.Value;
        // To read what the old server still has, an app password does.
        var wrong = session switch
        {
            { IsAppPassword: true } when migration.Request.Restore is null =>
                "This is an app password. Moving an account needs the account's main password: app passwords may not do it.",
            _ when session.Tokens.Did != migration.Request.Did => "This signs in to another account than the one to be moved.",
            _ => null,
        };
        return wrong is null ? (SealedSession.Seal(session.Tokens), null) : (null, ServiceResult<MigrationView>.Invalid(passwordField, wrong));
    }

    /// <summary>Reads a private key that is to sign for the identity, and checks with the directory that it may. The caller disposes of it.</summary>
    private async Task<(PrivateKey? Key, PlcHistory? History, ServiceResult<MigrationView>? Trouble)> ReadSigningKeyAsync(
        Migration migration, string field, string? text, CancellationToken ct)
    {
        if (!PrivateKey.TryParse(text?.Trim(), out var key))
            return (null, null, ServiceResult<MigrationView>.Invalid(field, "This is not a private key: it is 64 hex digits, or begins with z."));
        var history = await tools.Plc.GetHistoryAsync(migration.Request.Did, ct);
        var trouble = !history.IsOk
            ? ServiceResult<MigrationView>.Unavailable(field, $"The PLC directory could not be asked: {history.Error.Message}")
            : !history.Value.Current.RotationKeys.Contains(key.PublicKey.DidKey)
            ? ServiceResult<MigrationView>.Invalid(
                field, $"The key {key.PublicKey.DidKey} does not stand among your identity's rotation keys, so it cannot sign.")
            : null;
        if (trouble is null)
            return (key, history.Value, null);
        key.Dispose();
        return (null, null, trouble);
    }

    /// <summary>
    /// Keeps secrets for a change of the request, and then makes it. Where it is refused and the move has ended, they go again: nobody cleans
    /// up after it a second time. While it runs they stay, for they may be those of the same wish from another tab.
    /// </summary>
    private async Task<ServiceResult<MigrationView>> ChangeWithAsync(
        IReadOnlyList<(SecretName Name, string Value)> secrets, Migration found, string owner, string action,
        Func<Migration, PendingChange> change, CancellationToken ct)
    {
        foreach (var (name, value) in secrets)
            await tools.Secrets.WriteAsync(found.Id, name, value, ct);
        var changed = await ChangeAsync(owner, found.Id.ToString(), action, change, ct);
        if (!changed.IsOk && await FindAsync(owner, found.Id.ToString(), CancellationToken.None) is { Progress: var now, Request: var wish }
            && now.State.IsFinal() && wish.WayBackAt == now.Cutover.WayBackTaken)
        {
            await tools.Secrets.EraseAllAsync(found.Id, CancellationToken.None);
        }

        return changed;
    }
}
