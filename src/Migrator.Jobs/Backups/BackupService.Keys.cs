using System.Security.Cryptography;
using System.Text;
using Migrator.Core.Age;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;

namespace Migrator.Jobs.Backups;

internal sealed partial class BackupService
{
    private const string NoKey = "There is no such key.";
    private const int CodeLength = 20;
    private static readonly TimeSpan ChallengeLife = TimeSpan.FromHours(1);

    public async Task<IReadOnlyList<BackupKeyView>> ListKeysAsync(string owner, CancellationToken ct)
    {
        var plans = await stores.Plans.ListAsync(owner, ct);
        return [.. (await stores.Keys.ListAsync(owner, ct)).Select(key => BackupViews.Key(key, plans))];
    }

    public async Task<ServiceResult<BackupKeyView>> GetKeyAsync(string owner, string id, CancellationToken ct) =>
        await stores.Keys.FindAsync(owner, id, ct) is { } key
            ? ServiceResult<BackupKeyView>.Ok(BackupViews.Key(key, await stores.Plans.ListAsync(owner, ct)))
            : ServiceResult<BackupKeyView>.NotFound(NoKey);

    public async Task<ServiceResult<BackupKeyKit>> MakeKeyAsync(string owner, MakeBackupKey command, CancellationToken ct)
    {
        if (Check<BackupKeyKit, MakeBackupKey>(new MakeBackupKeyValidator(), command) is { } invalid)
            return invalid;
        using var identity = AgeIdentity.Generate();
        var key = new StoredKey(NewId(), owner, command.Name!.Trim(), identity.Recipient.ToString(), Made: true, null, time.GetUtcNow());
        await stores.Keys.AddAsync(key, new AuditEntry(owner, "backup-key.make", key.Recipient), ct);
        return ServiceResult<BackupKeyKit>.Ok(new BackupKeyKit(BackupViews.Key(key, []), identity.RevealText()));
    }

    public async Task<ServiceResult<BackupKeyView>> BringKeyAsync(string owner, BringBackupKey command, CancellationToken ct)
    {
        if (Check<BackupKeyView, BringBackupKey>(new BringBackupKeyValidator(), command) is { } invalid)
            return invalid;
        if (!AgeRecipient.TryParse(command.Recipient, out var recipient))
            throw new InvalidOperationException("The validator let something pass that is no recipient.");
        var key = new StoredKey(NewId(), owner, command.Name!.Trim(), recipient.ToString(), Made: false, null, time.GetUtcNow());
        return await stores.Keys.AddAsync(key, new AuditEntry(owner, "backup-key.bring", key.Recipient), ct)
            ? await GetKeyAsync(owner, key.Id, ct)
            : ServiceResult<BackupKeyView>.Invalid(nameof(command.Recipient), "You have this key already.");
    }

    public async Task<ServiceResult<KeyChallenge>> ChallengeKeyAsync(string owner, string id, CancellationToken ct)
    {
        if (await stores.Keys.FindAsync(owner, id, ct) is not { } key || !AgeRecipient.TryParse(key.Recipient, out var recipient))
            return ServiceResult<KeyChallenge>.NotFound(NoKey);
        var code = RandomNumberGenerator.GetHexString(CodeLength, lowercase: true);
        using var text = new MemoryStream(Encoding.ASCII.GetBytes(code + "\n"));
        using var sealedText = new MemoryStream();
        await AgeEncryptor.SealAsync(text, sealedText, [recipient], AgeForm.Armored, ct);
        var until = await stores.Keys.ChallengeAsync(id, code, ChallengeLife, ct);
        return ServiceResult<KeyChallenge>.Ok(new KeyChallenge(Encoding.ASCII.GetString(sealedText.ToArray()), until));
    }

    public async Task<ServiceResult<BackupKeyView>> ProveKeyAsync(string owner, string id, ProveBackupKey command, CancellationToken ct)
    {
        if (Check<BackupKeyView, ProveBackupKey>(new ProveBackupKeyValidator(), command) is { } invalid)
            return invalid;
        if (await stores.Keys.FindAsync(owner, id, ct) is not { } key)
            return ServiceResult<BackupKeyView>.NotFound(NoKey);
        if (string.IsNullOrWhiteSpace(command.Code))
        {
            if (FindFault(key, command.PrivateKey) is { } fault)
                return ServiceResult<BackupKeyView>.Invalid(nameof(command.PrivateKey), fault);
        }
        else if (!await stores.Keys.AnswerAsync(id, command.Code.Trim().ToLowerInvariant(), ct))
        {
            return ServiceResult<BackupKeyView>.Invalid(
                nameof(command.Code), "This is not the code of the newest challenge, or it is older than an hour. Ask for a new "
                    + "challenge.");
        }

        await stores.Keys.ProveAsync(key, new AuditEntry(owner, "backup-key.prove", key.Recipient), ct);
        return await GetKeyAsync(owner, id, ct);
    }

    public async Task<ServiceResult<BackupKeyView>> RemoveKeyAsync(string owner, string id, CancellationToken ct)
    {
        if (await stores.Keys.FindAsync(owner, id, ct) is not { } key || await GetKeyAsync(owner, id, ct) is not { IsOk: true } view)
            return ServiceResult<BackupKeyView>.NotFound(NoKey);
        return await stores.Keys.RemoveAsync(key, new AuditEntry(owner, "backup-key.remove", key.Recipient), ct)
            ? view
            : ServiceResult<BackupKeyView>.Conflict("A plan seals to this key. Take it out of the plan first.");
    }

    /// <summary>Takes the key itself, or the whole text of a key file as <c>age-keygen</c> writes it. Nothing of it is kept.</summary>
    private static string? FindFault(StoredKey key, string? typed)
    {
        IReadOnlyList<X25519Identity> identities = [];
        if (AgeIdentity.TryParse(typed?.Trim(), out var single))
            identities = [single];
        else if (!AgeIdentity.TryParseFile(typed, out identities))
            return "This is not a private key. It begins with AGE-SECRET-KEY-1.";
        try
        {
            return identities.Any(identity => identity.Recipient.ToString() == key.Recipient)
                ? null
                : $"This is the private half of another key than {key.Recipient}.";
        }
        finally
        {
            foreach (var identity in identities)
                identity.Dispose();
        }
    }
}
