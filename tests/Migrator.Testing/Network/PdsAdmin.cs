using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Migrator.Testing.Network;

/// <summary>What the operator of a PDS can do through its API.</summary>
public sealed class PdsAdmin(PdsProcess pds)
{
    private XrpcSession Session => new(pds.Url, new AuthenticationHeaderValue(
        "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{pds.Options.AdminPassword}"))));

    /// <summary>An invite code, good for so many accounts.</summary>
    public async Task<string> CreateInviteAsync(int uses, CancellationToken cancel) =>
        (await Session.PostAsync("com.atproto.server.createInviteCode", new { useCount = uses }, cancel)).GetProperty("code").GetString()!;

    public Task SetPasswordAsync(string did, string password, CancellationToken cancel) =>
        Session.PostAsync("com.atproto.admin.updateAccountPassword", new { did, password }, cancel);

    /// <summary>Takes the account down (or lifts it): nobody but its owner can read it then.</summary>
    public Task TakeDownAsync(string did, bool down, CancellationToken cancel) =>
        Session.PostAsync("com.atproto.admin.updateSubjectStatus", new
        {
            subject = new Dictionary<string, string> { ["$type"] = "com.atproto.admin.defs#repoRef", ["did"] = did },
            takedown = new { applied = down, @ref = "test" },
        }, cancel);

    /// <summary>Deletes the account and all it holds, as if it had never been on this server.</summary>
    public Task DeleteAccountAsync(string did, CancellationToken cancel) =>
        Session.PostAsync("com.atproto.admin.deleteAccount", new { did }, cancel);

    public Task<JsonElement> GetAccountAsync(string did, CancellationToken cancel) =>
        Session.GetAsync("com.atproto.admin.getAccountInfo", cancel, ("did", did));
}
