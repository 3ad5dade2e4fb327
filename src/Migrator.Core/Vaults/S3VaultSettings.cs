namespace Migrator.Core.Vaults;

/// <summary>A vault in a bucket of an S3-compatible store.</summary>
/// <param name="Endpoint">
/// The store's address without bucket: <c>https://s3.eu-central-1.amazonaws.com</c>. http only where the operator allows the host.
/// </param>
/// <param name="Region">The region that requests are signed for. Stores without regions take <c>us-east-1</c> or <c>auto</c>.</param>
/// <param name="Bucket">Its name, 3 to 63 characters. Must exist.</param>
/// <param name="Prefix">Put before every object's name, by the rules of <see cref="VaultName"/>; empty, or ending in a slash.</param>
/// <param name="PathStyle">
/// <c>endpoint/bucket/name</c> when true (understood by nearly every store), <c>bucket.endpoint/name</c> when false.
/// </param>
public sealed record S3VaultSettings(Uri Endpoint, string Region, string Bucket, string Prefix = "", bool PathStyle = true) : VaultSettings
{
    public override IReadOnlyList<string> FindProblems()
    {
        var problems = new List<string>();
        if (Endpoint is null || !Endpoint.IsAbsoluteUri || Endpoint.Scheme is not ("https" or "http") || Endpoint.UserInfo.Length > 0
            || Endpoint.Query.Length > 0 || Endpoint.Fragment.Length > 0 || Endpoint.AbsolutePath != "/")
        {
            problems.Add("The endpoint must be a web address without a path, like https://s3.eu-central-1.amazonaws.com.");
        }
        if (Region is not { Length: >= 1 and <= 40 } || !Region.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
            problems.Add("The region must be a name of small letters, digits and hyphens, like eu-central-1.");
        if (!IsBucket(Bucket)) problems.Add("The bucket must be 3 to 63 small letters, digits, dots and hyphens.");
        if (Prefix is not { Length: <= 100 } || !VaultName.IsValidPrefix(Prefix) || (Prefix.Length > 0 && Prefix[^1] != '/'))
            problems.Add("The prefix must be empty, or small letters, digits, dots, hyphens and slashes, and end with a slash.");
        return problems;
    }

    private static bool IsBucket(string? name) =>
        name is { Length: >= 3 and <= 63 } && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1])
        && !name.Contains("..", StringComparison.Ordinal)
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-');
}
