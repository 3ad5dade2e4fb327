using Migrator.Core.AtProto.Plc;

namespace Migrator.Core.Migrations;

/// <summary>Reads an identity's log for a person: who did what, and what their key can still overrule.</summary>
public static class RestoreLog
{
    /// <param name="mine">The did:key of the person's rotation key.</param>
    /// <returns>Newest first.</returns>
    public static IReadOnlyList<LogLine> Read(PlcHistory history, string mine, DateTimeOffset now)
    {
        var lines = new List<LogLine>();
        foreach (var entry in history.Entries)
        {
            var before = entry.Operation.Prev is { } prev ? history.Find(prev)?.Operation.Body : null;
            var body = entry.Operation.Body;
            IReadOnlyList<OperationChange> changes = (before, body) switch
            {
                (_, null) => [new OperationChange("The identity", "alive", "ended")],
                (null, _) => [new OperationChange("The identity", null, "began")],
                _ => [.. PlcDiff.Compare(before, body).Select(line => new OperationChange(line.What, line.Before, line.After))],
            };
            var until = entry.CreatedAt + PlcAuditLog.RecoveryWindow;
            var rank = before is null ? -1 : before.RotationKeys.ToList().IndexOf(mine);
            var overrulable = !entry.Nullified && rank >= 0 && rank < entry.SignedByIndex && now <= until;
            lines.Add(new LogLine(
                entry.Cid.ToString(), entry.CreatedAt, entry.SignedBy.DidKey, entry.SignedByIndex, entry.Nullified,
                entry.SignedBy.DidKey == mine,
                overrulable ? until : null, changes));
        }

        lines.Reverse();
        return lines;
    }

    /// <summary>
    /// Rotation keys that came with the server that the identity names: that signed something, or stand last where a server's own key
    /// stands. A guess, which the person sees and may change.
    /// </summary>
    public static IReadOnlyList<string> HostKeys(PlcHistory history, string mine)
    {
        var valid = history.Valid.Where(entry => entry.Operation.Body is not null).ToList();
        var endpoint = history.Current.PdsEndpoint;
        var arrival = valid.Count - 1;
        while (arrival > 0 && valid[arrival - 1].Operation.Body!.PdsEndpoint == endpoint)
            arrival--;
        var came = valid[arrival].Operation.Body!.RotationKeys.Except(arrival == 0 ? [] : valid[arrival - 1].Operation.Body!.RotationKeys)
            .ToList();
        var signers = valid.Select(entry => entry.SignedBy.DidKey).ToHashSet();
        var keys = history.Current.RotationKeys;
        return [.. keys.Where(key => key != mine && came.Contains(key) && (signers.Contains(key) || key == keys[^1]))];
    }
}
