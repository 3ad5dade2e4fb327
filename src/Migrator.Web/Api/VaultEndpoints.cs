using Migrator.Jobs.Backups;
using Migrator.Web.Security;

namespace Migrator.Web.Api;

/// <summary>Vaults, and the keys that backups are sealed to.</summary>
internal static class VaultEndpoints
{
    public static void MapVaults(this IEndpointRouteBuilder backups)
    {
        var all = backups.MapGroup("/vaults");
        all.MapGet("/", async (HttpContext http, IBackupService service, CancellationToken ct) =>
                TypedResults.Ok(new VaultList(await service.ListVaultsAsync(http.User.Name(), ct))))
            .Describe("List vaults", "Where backups are kept, and how much is there.");
        all.MapPost("/", (HttpContext http, AddVault command, IBackupService service, CancellationToken ct) => Once.CreateAsync(
                http, command, owner => service.AddVaultAsync(owner, command, ct), (owner, id) => service.GetVaultAsync(owner, id, ct),
                view => view.Id, view => Results.Created($"/api/v1/backups/vaults/{view.Id}", view)))
            .Describe("Add a vault",
                "It is tried out first; one that does not work is refused. Credentials are kept sealed and never shown again.")
            .Produces<VaultView>(StatusCodes.Status201Created).Faults(422, 429).RequireRateLimiting(RateLimits.Attempts);
        all.MapPost("/test", async (HttpContext http, AddVault command, IBackupService service, CancellationToken ct) =>
                (await service.TryVaultAsync(http.User.Name(), command, ct)).Answer(http, Results.Ok))
            .Describe("Try a vault out before adding it", "Writes, reads back, lists and deletes small objects. Nothing is stored here.")
            .Produces<VaultTrialView>().Faults(422, 429).RequireRateLimiting(RateLimits.Attempts);

        var one = all.MapGroup("/{id}");
        one.GetOne<VaultView>("/", service => service.GetVaultAsync)
            .Describe("Read a vault", "Place, size and the newest test.").Faults(404);
        one.PutOne<ChangeVault, VaultView>("/", service => service.ChangeVaultAsync)
            .Describe("Change name or credentials", "Its place cannot be changed: that would be another vault.")
            .Faults(404, 422, 429).RequireRateLimiting(RateLimits.Attempts);
        one.DeleteOne<VaultView>("/", service => service.RemoveVaultAsync)
            .Describe("Forget a vault", "What lies in it stays. A vault that a plan writes to is refused.").Faults(404, 409);
        one.PostOne<VaultTrialView>("/test", service => service.TryVaultAsync)
            .Describe("Try a vault out", "Also finds out whether it is still the vault that was set up.")
            .Faults(404, 429).RequireRateLimiting(RateLimits.Attempts);
    }

    public static void MapKeys(this IEndpointRouteBuilder backups)
    {
        var all = backups.MapGroup("/keys");
        all.MapGet("/", async (HttpContext http, IBackupService service, CancellationToken ct) =>
                TypedResults.Ok(new BackupKeyList(await service.ListKeysAsync(http.User.Name(), ct))))
            .Describe("List keys", "The public keys that backups may be sealed to. Private halves are not among them.");
        all.MapPost("/", (HttpContext http, BringBackupKey command, IBackupService service, CancellationToken ct) => Once.CreateAsync(
                http, command, owner => service.BringKeyAsync(owner, command, ct), (owner, id) => service.GetKeyAsync(owner, id, ct),
                view => view.Id, view => Results.Created($"/api/v1/backups/keys/{view.Id}", view)))
            .Describe("Bring a public key", "An age X25519 public key, `age1…`.")
            .Produces<BackupKeyView>(StatusCodes.Status201Created).Faults(422);
        all.MapPost("/made", async (HttpContext http, MakeBackupKey command, IBackupService service, CancellationToken ct) =>
                (await service.MakeKeyAsync(http.User.Name(), command, ct))
                    .Answer(http, kit => Results.Created($"/api/v1/backups/keys/{kit.Key.Id}", kit)))
            .Describe("Make a key pair",
                "The answer holds the private half. It is shown this once and kept nowhere, so a repeated call makes another pair. The "
                    + "key counts "
                + "when it is proven.")
            .Produces<BackupKeyKit>(StatusCodes.Status201Created).Faults(422, 429).RequireRateLimiting(RateLimits.Attempts);

        var one = all.MapGroup("/{id}");
        one.GetOne<BackupKeyView>("/", service => service.GetKeyAsync)
            .Describe("Read a key", "Its public half and whether it is proven.").Faults(404);
        one.DeleteOne<BackupKeyView>("/", service => service.RemoveKeyAsync)
            .Describe("Forget a key",
                "What was sealed to it can still be opened with its private half. A key that a plan seals to is refused.")
            .Faults(404, 409);
        one.PostOne<KeyChallenge>("/challenge", service => service.ChallengeKeyAsync)
            .Describe("Get a sealed challenge",
                "An age file in text form. Open it with the private half and send the code in it to `proof` within an hour.")
            .Faults(404, 429).RequireRateLimiting(RateLimits.Attempts);
        one.PostOne<ProveBackupKey, BackupKeyView>("/proof", service => service.ProveKeyAsync)
            .Describe("Prove that the private half is kept",
                "With `code` from a challenge, or with `privateKey`, which is compared and dropped.")
            .Faults(404, 422, 429).RequireRateLimiting(RateLimits.Attempts);
    }
}

public sealed record VaultList(IReadOnlyList<VaultView> Items);

public sealed record BackupKeyList(IReadOnlyList<BackupKeyView> Items);
