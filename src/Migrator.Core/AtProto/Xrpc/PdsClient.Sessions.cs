using System.Text.Json;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>The server itself, signing in, and making an account.</summary>
public sealed partial class PdsClient
{
    /// <summary>What the server says about itself: its DID, the handles it gives out, whether it asks for an invite.</summary>
    public Task<XrpcResult<ServerDescription>> DescribeServerAsync(CancellationToken cancel) =>
        _client.ReadJsonAsync(XrpcCall.Query(Pds, "com.atproto.server.describeServer"), ServerDescription.Read, cancel);

    /// <summary>
    /// Signs in. Tell the refusals apart by <see cref="XrpcError.Name"/>: <c>AuthFactorTokenRequired</c> (a code was mailed; call again
    /// with it), <c>AuthenticationRequired</c> (wrong name or password), <c>AccountTakedown</c>.
    /// </summary>
    /// <param name="identifier">Handle, DID or e-mail address.</param>
    /// <param name="password">The main password or an app password; see <see cref="OpenedSession.IsAppPassword"/>.</param>
    /// <param name="code">The code from the mail, if one was asked for.</param>
    /// <param name="cancel">Stops the call.</param>
    public Task<XrpcResult<OpenedSession>> CreateSessionAsync(string identifier, string password, string? code, CancellationToken cancel)
    {
        var body = JsonBody.Of(json =>
        {
            json.WriteString("identifier", identifier);
            json.WriteString("password", password);
            if (!string.IsNullOrWhiteSpace(code)) json.WriteString("authFactorToken", code.Trim());
        });
        // Servers count logins per name; one name that is locked out must not stop the others.
        var call = XrpcCall.Procedure(Pds, "com.atproto.server.createSession", body) with { Bucket = $"createSession {identifier}" };
        return _client.ReadJsonAsync(call, OpenedSession.Read, cancel);
    }

    /// <summary>Ends a sign-in at the server: none of its tokens can be refreshed any more.</summary>
    /// <param name="tokens">Of the sign-in that ends.</param>
    /// <param name="cancel">Stops the call.</param>
    public Task<XrpcResult<Nothing>> DeleteSessionAsync(SessionTokens tokens, CancellationToken cancel) =>
        _client.SendAsync(XrpcCall.Procedure(Pds, "com.atproto.server.deleteSession") with { Bearer = tokens.RefreshJwt }, cancel);

    /// <summary>Who is signed in, as the server sees it.</summary>
    public Task<XrpcResult<SessionInfo>> GetSessionAsync(CancellationToken cancel) =>
        ReadAsync(XrpcCall.Query(Pds, "com.atproto.server.getSession"), SessionInfo.Read, cancel);

    /// <summary>
    /// Makes an account for a DID that exists elsewhere. It starts deactivated with an empty repo. <c>AlreadyExists</c> means that this
    /// server has the DID already, perhaps from an earlier call whose answer was lost: sign in instead.
    /// </summary>
    /// <param name="account">The account's names; <see cref="CreateAccount.Password"/> is a secret.</param>
    /// <param name="serviceJwt">
    /// Proof by the DID's signing key: issuer the DID, audience this server's bare DID, method <c>com.atproto.server.createAccount</c>.
    /// Null asks without proof: a server refuses that (401), and the reference server only after it has looked at everything else.
    /// </param>
    /// <param name="cancel">Stops the call.</param>
    public Task<XrpcResult<OpenedSession>> CreateAccountAsync(CreateAccount account, string? serviceJwt, CancellationToken cancel)
    {
        var body = JsonBody.Of(json =>
        {
            json.WriteString("did", account.Did.ToString());
            json.WriteString("handle", account.Handle.ToString());
            json.WriteString("email", account.Email);
            json.WriteString("password", account.Password);
            if (!string.IsNullOrWhiteSpace(account.InviteCode)) json.WriteString("inviteCode", account.InviteCode.Trim());
        });
        var call = XrpcCall.Procedure(Pds, "com.atproto.server.createAccount", body) with { Bearer = serviceJwt, Bucket = "createAccount" };
        return _client.ReadJsonAsync(call, OpenedSession.Read, cancel);
    }

    /// <summary>The DID that this server finds for a handle; it refuses with 400 when it finds none.</summary>
    public Task<XrpcResult<Did>> ResolveHandleAsync(Handle handle, CancellationToken cancel) =>
        _client.ReadJsonAsync(
            XrpcCall.Query(Pds, "com.atproto.identity.resolveHandle", ("handle", handle.ToString())), reply => reply.Did("did"), cancel);
}
