using Migrator.Jobs.Migrations;

namespace Migrator.Web.Features.Restore;

/// <summary>The form for a bucket, as it was sent. Its own names for what another form on the page asks as well.</summary>
/// <param name="Do"><c>test</c>, or anything else to add it.</param>
public sealed record BucketAnswers(
    string? Endpoint, string? Bucket, string? Region, string? Prefix, bool PathStyle, string? AccessKey, string? SecretKey, string? BucketKey,
    string? BucketAsOf, string? Do)
{
    public static BucketAnswers Read(IFormCollection form) => new(
        form[nameof(Endpoint)], form[nameof(Bucket)], form[nameof(Region)], form[nameof(Prefix)], form[nameof(PathStyle)] == "true", form[nameof(AccessKey)],
        form[nameof(SecretKey)], form[nameof(BucketKey)], form[nameof(BucketAsOf)], form[nameof(Do)]);

    public override string ToString() => nameof(BucketAnswers);

    public VaultInput ToVault() => new(
        Endpoint: Endpoint ?? "", Region: Region, Bucket: Bucket, Prefix: Prefix, PathStyle: PathStyle, AccessKey: AccessKey, SecretKey: SecretKey);

    /// <summary>The problems at the fields of this form.</summary>
    public static IReadOnlyList<FieldProblem> AtItsFields(IReadOnlyList<FieldProblem> problems) =>
    [
        .. problems.Select(problem => problem with
        {
            Field = problem.Field switch
            {
                nameof(AddSnapshot.Key) => nameof(BucketKey),
                nameof(AddSnapshot.Snapshot) => nameof(BucketAsOf),
                nameof(AddSnapshot.Vault) => nameof(Bucket),
                var field => field.Split('.')[^1],
            },
        }),
    ];
}
