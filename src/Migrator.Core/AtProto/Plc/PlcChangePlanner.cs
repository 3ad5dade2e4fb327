using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.AtProto.Plc;

/// <summary>
/// Plans the next operation of an identity. The rule of a move: what the last operation says, less what the old host recommends, plus
/// what the new host recommends; the user's own key on top, everything else kept in its order, nothing twice.
/// </summary>
/// <remarks>Nothing is signed or sent here. A plan with <see cref="PlcChange.Problems"/> is for showing, not for signing.</remarks>
public static class PlcChangePlanner
{
    /// <param name="current">The identity now.</param>
    /// <param name="oldHost">What the host that is left recommends; null when it can't be asked: then only what must change goes.</param>
    /// <param name="newHost">What the new host recommends; it knows the account already.</param>
    /// <param name="userKey">The key the user holds, to be made the strongest; null when there is none.</param>
    /// <param name="newHandle">The account's handle at the new host.</param>
    public static PlcChange PlanMove(
        PlcHistory current, RecommendedCredentials? oldHost, RecommendedCredentials newHost, PublicKey? userKey, Handle newHandle)
    {
        var before = current.Current;
        var after = new PlcOperationBody
        {
            RotationKeys = MergeKeys(before, oldHost, newHost, userKey),
            VerificationMethods = MergeMaps(before.VerificationMethods, oldHost?.VerificationMethods, newHost.VerificationMethods),
            AlsoKnownAs = MergeNames(before, oldHost, newHandle),
            Services = MergeMaps(before.Services, oldHost?.Services, newHost.Services),
        };
        return new PlcChange(current, after, [.. FindProblems(current), .. FindProblems(newHost, newHandle)]);
    }

    /// <summary>
    /// The way back after a move: old host, old signing key, old server's rotation key, names and services as they were, and the user's
    /// key on top. An ordinary next operation, which the user can sign at any time. Where the directory takes no further key beside those
    /// from before, the identity says exactly what it said.
    /// </summary>
    /// <param name="afterMove">The identity now, as the move left it.</param>
    /// <param name="beforeMove">What it was before the move.</param>
    /// <param name="userKey">The key that will sign.</param>
    public static PlcChange PlanWayBack(PlcHistory afterMove, PlcOperationBody beforeMove, PublicKey userKey)
    {
        string[] before = [.. beforeMove.RotationKeys.Distinct()];
        string[] withKey = [.. before.Prepend(userKey.DidKey).Distinct()];
        var after = beforeMove with
        {
            RotationKeys = withKey.Length <= PlcLimits.MaxRotationKeys ? withKey : before,
            AlsoKnownAs = [.. beforeMove.AlsoKnownAs.Distinct()],
        };
        return new PlcChange(afterMove, after, [.. FindProblems(afterMove), .. FindSignerProblems(afterMove, userKey)]);
    }

    /// <summary>
    /// Replaces the key that signs for the account and nothing else. With a temporary key of our own the account can be claimed at a
    /// new host when the old one is gone: its owner's rotation key signs this, the temporary key then vouches for the new account.
    /// </summary>
    /// <param name="current">The identity now.</param>
    /// <param name="signingKey">The key to name.</param>
    /// <param name="rotationKey">The key that will sign the operation.</param>
    /// <param name="without">Rotation keys to take out as well: those of a host that must not be able to answer.</param>
    public static PlcChange PlanSigningKey(
        PlcHistory current, PublicKey signingKey, PublicKey rotationKey, IReadOnlyCollection<string>? without = null)
    {
        var before = current.Current;
        if (without is not null) before = before with { RotationKeys = [.. before.RotationKeys.Except(without)] };
        var methods = MergeMaps(
            before.VerificationMethods, null, new Dictionary<string, string> { [PlcOperationBody.SigningKeyId] = signingKey.DidKey });
        return new PlcChange(
            current, before with { VerificationMethods = methods },
            [.. FindProblems(current), .. FindSignerProblems(current, rotationKey)]);
    }

    /// <summary>The identity is to say again what it said at an earlier time.</summary>
    /// <param name="current">The identity now.</param>
    /// <param name="earlier">What it is to say.</param>
    /// <param name="rotationKey">The key that will sign.</param>
    public static PlcChange PlanReturn(PlcHistory current, PlcOperationBody earlier, PublicKey rotationKey) =>
        new(current, earlier, [.. FindProblems(current), .. FindSignerProblems(current, rotationKey)]);

    private static List<string> MergeKeys(
        PlcOperationBody before, RecommendedCredentials? oldHost, RecommendedCredentials newHost, PublicKey? userKey)
    {
        IEnumerable<string> kept = before.RotationKeys.Except(oldHost?.RotationKeys ?? []).Except(newHost.RotationKeys);
        IEnumerable<string> own = userKey is null ? [] : [userKey.DidKey];
        return [.. own.Concat(kept).Concat(newHost.RotationKeys).Distinct()];
    }

    private static List<string> MergeNames(PlcOperationBody before, RecommendedCredentials? oldHost, Handle newHandle)
    {
        // A host that can't be asked is taken to have given the account its present handle.
        var leaving = oldHost?.AlsoKnownAs ?? (before.Handle is { } handle ? [PlcOperationBody.HandleUri(handle)] : []);
        var kept = before.AlsoKnownAs.Where(name => !leaving.Any(other => IsSameName(name, other)));
        return [.. kept.Prepend(PlcOperationBody.HandleUri(newHandle)).Distinct()];
    }

    /// <summary>
    /// Takes out what the old host put there and nobody changed since; puts in what the new host wants, in the old place if there is one.
    /// </summary>
    private static OrderedDictionary<string, T> MergeMaps<T>(
        IReadOnlyDictionary<string, T> before, IReadOnlyDictionary<string, T>? oldHost, IReadOnlyDictionary<string, T> newHost)
    {
        var merged = new OrderedDictionary<string, T>(StringComparer.Ordinal);
        foreach (var (name, value) in before)
        {
            if (newHost.TryGetValue(name, out var replacement)) merged[name] = replacement;
            else if (oldHost is null || !oldHost.TryGetValue(name, out var put) || !Equals(put, value)) merged[name] = value;
        }
        foreach (var (name, value) in newHost) merged.TryAdd(name, value);
        return merged;
    }

    /// <summary>Handles are the same whatever their case; other names must be the same text.</summary>
    private static bool IsSameName(string name, string other) =>
        PlcOperationBody.TryReadHandle(name, out var left) && PlcOperationBody.TryReadHandle(other, out var right)
            ? left == right
            : name == other;

    private static IEnumerable<string> FindProblems(PlcHistory current)
    {
        if (current.Tombstoned) yield return "This identity was ended in the identity directory, so it can't be changed any more.";
    }

    private static IEnumerable<string> FindProblems(RecommendedCredentials newHost, Handle newHandle)
    {
        if (newHost.RotationKeys.Count == 0)
            yield return "The new server names no rotation key of its own, so it could not look after this identity.";
        if (!newHost.VerificationMethods.TryGetValue(PlcOperationBody.SigningKeyId, out var key) || !PublicKey.TryParseDidKey(key, out _))
            yield return "The new server does not say with which key it will sign this account's posts.";
        if (!newHost.Services.TryGetValue(PlcOperationBody.PdsServiceId, out var pds) || pds.Type != PlcOperationBody.PdsServiceType)
            yield return "The new server does not say at which address it serves this account.";
        if (!newHost.AlsoKnownAs.Any(name => IsSameName(name, PlcOperationBody.HandleUri(newHandle))))
            yield return $"The new server knows this account by another handle than {newHandle}.";
        if (newHandle.IsDisallowedTld) yield return $"The handle {newHandle} ends in a name that no account may use.";
    }

    private static IEnumerable<string> FindSignerProblems(PlcHistory current, PublicKey key)
    {
        if (current.Current.RankOf(key) < 0)
            yield return $"The key {key} is not among the rotation keys of this identity, so what it signs is refused.";
    }
}
