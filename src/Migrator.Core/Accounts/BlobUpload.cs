using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Accounts;

/// <summary>Brings one blob from an earlier copy to a living server; the bytes are compared with the CID on their way.</summary>
internal static class BlobUpload
{
    /// <returns>
    /// Nothing where the server stored it under its name; a problem, for a person, that is this blob's alone; or what stops all others too.
    /// </returns>
    public static async Task<(string? Problem, XrpcError? Stopped)> RunAsync(
        IAccountSource files, PdsClient owner, Cid cid, string mimeType, CancellationToken ct)
    {
        var opened = await files.OpenBlobAsync(cid, ct).ConfigureAwait(false);
        if (!opened.IsOk)
            return opened.Error.Failure == XrpcFailure.Refused ? ($"{files.Name} does not have it", null) : (null, opened.Error);
        await using var body = opened.Value;
        using var bytes = new CheckedBlobStream(body.Stream, cid);
        XrpcResult<UploadedBlob> uploaded;
        try
        {
            uploaded = await owner.UploadBlobAsync(bytes, body.Length, mimeType, ct).ConfigureAwait(false);
        }
        catch (Exception) when (bytes.Mismatch is not null)
        {
            return ($"{files.Name} has other bytes under that name", null);
        }

        if (bytes.Mismatch is not null)
            return ($"{files.Name} has other bytes under that name", null);
        if (uploaded.IsOk)
            return (uploaded.Value.Cid == cid ? null : $"the server stored it under another name ({uploaded.Value.Cid})", null);
        return uploaded.Error.Failure == XrpcFailure.Refused ? ($"the server refused it: {uploaded.Error.Message}", null) : (null, uploaded.Error);
    }
}
