using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.Backups;

namespace Migrator.Core.Drills;

/// <summary>
/// The identity as the sandbox's directory knows it: the log of the snapshot, operation by operation, and then one that hands the identity
/// to a key made for this drill. The owner's keys are not needed, and what is done in the sandbox counts nowhere else: in every other
/// directory the operation before is the newest one, and this key may sign nothing.
/// </summary>
internal sealed class DrillIdentity : IDisposable
{
    private DrillIdentity(PrivateKey key, SignedPlcOperation anchor, JsonElement log) => (Key, Anchor, Log) = (key, anchor, log);

    /// <summary>The rotation key of the drill.</summary>
    public PrivateKey Key { get; }

    /// <summary>The operation that no key was allowed to sign.</summary>
    public SignedPlcOperation Anchor { get; }

    /// <summary>As the directory's <c>/log/audit</c> answers.</summary>
    public JsonElement Log { get; }

    /// <summary>Why the identity of this snapshot cannot live in a sandbox; null when it can.</summary>
    public static string? WhyNot(OpenedSnapshot snapshot)
    {
        var did = snapshot.Manifest.Did;
        if (!did.IsPlc)
            return $"The identity {did} is a file on a web server of its owner (did:web), and a sandbox cannot stand in for that server.";
        return Replay(snapshot).Tombstoned
            ? $"The identity {did} was ended for good (tombstoned) when the snapshot was taken; nothing can be restored under it."
            : null;
    }

    public static DrillIdentity Make(OpenedSnapshot snapshot, DateTimeOffset now)
    {
        var history = Replay(snapshot);
        var key = PrivateKey.Generate(KeyCurve.K256);
        var body = history.Current with
        {
            RotationKeys = [key.PublicKey.DidKey],
            // The directory of the sandbox takes no other kinds of keys, and a repo is signed with no other.
            VerificationMethods = history.Current.VerificationMethods.Where(method => PublicKey.TryParseDidKey(method.Value, out _))
                .ToDictionary(method => method.Key, method => method.Value),
        };
        var anchor = new PlcOperation(body, history.Head.Cid).Sign(key);
        var last = history.Entries[^1].CreatedAt;
        var entry = new PlcLogEntry(anchor, now > last ? now : last, Nullified: false, key.PublicKey, 0);
        return new DrillIdentity(key, anchor, AuditLogJson.Write(new PlcHistory(history.Did, [.. history.Entries, entry])));
    }

    public void Dispose() => Key.Dispose();

    /// <summary>The log was replayed before, when the snapshot was proven.</summary>
    private static PlcHistory Replay(OpenedSnapshot snapshot) => PlcAuditLog.Replay(snapshot.Manifest.Did, snapshot.AuditLog!.Value);
}
