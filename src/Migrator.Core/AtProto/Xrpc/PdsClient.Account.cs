using System.Globalization;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>The state of the account that is signed in.</summary>
public sealed partial class PdsClient
{
    /// <summary>Counts and checks by the server; see <see cref="AccountStatus"/> for what they do not prove.</summary>
    public Task<XrpcResult<AccountStatus>> CheckAccountStatusAsync(CancellationToken cancel) =>
        ReadAsync(XrpcCall.Query(Pds, "com.atproto.server.checkAccountStatus"), AccountStatus.Read, cancel);

    /// <summary>
    /// A token signed with the account's signing key, for one method at one other service. Servers refuse more than an hour ahead.
    /// App passwords get none for <c>createAccount</c> (privileged ones do).
    /// </summary>
    /// <param name="aud">The bare DID of the service.</param>
    /// <param name="lxm">The NSID of the method.</param>
    /// <param name="exp">When the token ends.</param>
    /// <param name="cancel">Stops the call.</param>
    public Task<XrpcResult<string>> GetServiceAuthAsync(string aud, string lxm, DateTimeOffset exp, CancellationToken cancel) =>
        ReadAsync(
            XrpcCall.Query(Pds, "com.atproto.server.getServiceAuth",
                ("aud", aud), ("lxm", lxm), ("exp", exp.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture))),
            reply => reply.String("token"), cancel);

    /// <summary>
    /// Opens the account to the world. The server compares the DID document with its own address, its rotation key and the account's key,
    /// and refuses with 400 if one differs. May be repeated; needs the main password.
    /// </summary>
    public Task<XrpcResult<Nothing>> ActivateAccountAsync(CancellationToken cancel) =>
        DoAsync(XrpcCall.Procedure(Pds, "com.atproto.server.activateAccount"), cancel);

    /// <summary>Closes the account to writes and to the public; nothing is deleted. May be repeated; needs the main password.</summary>
    public Task<XrpcResult<Nothing>> DeactivateAccountAsync(CancellationToken cancel) =>
        // An empty object: without a JSON body the reference server refuses the call.
        DoAsync(XrpcCall.Procedure(Pds, "com.atproto.server.deactivateAccount", JsonBody.Of(_ => { })), cancel);
}
