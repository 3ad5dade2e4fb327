using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Move;

/// <summary>Changes an identity in the directory as somebody who holds a server's key can.</summary>
internal static class Identities
{
    public static async Task ChangeAsync(RealNetwork network, string did, PdsProcess signer, Func<PlcOperationBody, PlcOperationBody> change, CancellationToken ct)
    {
        var history = PlcAuditLog.Replay(Did.Parse(did), await network.Plc.GetAuditLogAsync(did, ct));
        Assert.True(PrivateKey.TryParse(signer.ReadRotationKeyHex().Trim(), out var key));
        using (key)
        {
            var signed = new PlcOperation(change(history.Current), history.Head.Cid).Sign(key);
            var (accepted, message) = await network.Plc.SubmitAsync(did, signed.ToJson(), ct);
            Assert.True(accepted, message);
        }
    }

    /// <summary>The identity names another address for the same server: from then on everything goes through whatever stands there.</summary>
    public static Task PointAtAsync(RealNetwork network, string did, PdsProcess server, Uri address, CancellationToken ct) =>
        ChangeAsync(network, did, server, body => body with
        {
            Services = new Dictionary<string, Core.AtProto.Xrpc.ServiceEntry>
            {
                [PlcOperationBody.PdsServiceId] = new(PlcOperationBody.PdsServiceType, address.GetLeftPart(UriPartial.Authority)),
            },
        }, ct);

    public static async Task<int> CountOperationsAsync(RealNetwork network, string did, CancellationToken ct) =>
        (await network.Plc.GetAuditLogAsync(did, ct)).GetArrayLength();
}
