using Migrator.Core.AtProto.Crypto;

namespace Migrator.Core.AtProto.Plc;

/// <summary>
/// What every known directory and server accepts. The written specification, the public directory and the npm server differ; an
/// operation of ours stays within the smallest of their limits.
/// </summary>
public static class PlcLimits
{
    /// <summary>With the signature, as DAG-CBOR.</summary>
    public const int MaxSignedBytes = 4000;

    public const int MaxRotationKeys = 5;
    public const int MaxItems = 10;
    public const int MaxNameLength = 32;
    public const int MaxKeyLength = 256;
    public const int MaxAliasLength = 258;
    public const int MaxServiceTypeLength = 256;
    public const int MaxEndpointLength = 512;

    /// <summary>The key <c>sig</c> (4 bytes), the head of its text (2) and 86 characters.</summary>
    private const int SignatureFieldBytes = 92;

    /// <summary>Why a directory would refuse this operation, in sentences for its owner; empty when it would not.</summary>
    public static IReadOnlyList<string> FindProblems(PlcOperation operation)
    {
        var body = operation.Body;
        var problems = new List<string>();
        void Require(bool holds, string problem)
        {
            if (!holds) problems.Add(problem);
        }

        Require(body.RotationKeys.Count > 0, "No rotation key would be left, so that nobody could ever change this identity again.");
        Require(body.RotationKeys.Count <= MaxRotationKeys,
            $"There would be {body.RotationKeys.Count} rotation keys; the identity directory takes {MaxRotationKeys} at most. "
            + "Remove one first.");
        foreach (var key in body.RotationKeys.Where(k => !PublicKey.TryParseDidKey(k, out _)).Distinct())
            problems.Add($"The rotation key {Shorten(key)} is of a kind that the identity directory does not take.");
        Require(body.RotationKeys.Distinct().Count() == body.RotationKeys.Count, "A rotation key would be listed twice.");
        Require(body.AlsoKnownAs.Distinct().Count() == body.AlsoKnownAs.Count, "A name would be listed twice.");
        RequireCount(body.AlsoKnownAs.Count, "names");
        RequireCount(body.VerificationMethods.Count, "verification keys");
        RequireCount(body.Services.Count, "services");
        foreach (var alias in body.AlsoKnownAs) Require(alias.Length <= MaxAliasLength, $"The name {Shorten(alias)} is too long.");
        foreach (var (name, key) in body.VerificationMethods)
            Require(name.Length <= MaxNameLength && key.Length <= MaxKeyLength, $"The verification key {Shorten(name)} is too long.");
        foreach (var (name, service) in body.Services)
        {
            var (type, endpoint) = (service.Type.Length, service.Endpoint.Length);
            Require(name.Length <= MaxNameLength && type <= MaxServiceTypeLength && endpoint <= MaxEndpointLength,
                $"The entry of the service {Shorten(name)} is too long.");
        }
        var size = operation.BytesToSign.Length + SignatureFieldBytes;
        Require(size <= MaxSignedBytes, $"The entry would have {size} bytes; the identity directory takes {MaxSignedBytes} at most.");
        return problems;

        void RequireCount(int count, string what) =>
            Require(count <= MaxItems, $"There would be {count} {what}; the identity directory takes {MaxItems} at most.");
    }

    private static string Shorten(string text) => text.Length <= 64 ? text : text[..64] + "…";
}
