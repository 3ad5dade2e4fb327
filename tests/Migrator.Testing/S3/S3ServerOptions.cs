namespace Migrator.Testing.S3;

/// <summary>What kind of store an <see cref="S3Server"/> is.</summary>
public sealed record S3ServerOptions
{
    public string Bucket { get; init; } = "vault";
    public string AccessKeyId { get; init; } = "TESTACCESSKEYID";
    public string SecretAccessKey { get; init; } = "test-secret-access-key-that-must-not-leak";

    /// <summary>False: <c>If-None-Match</c> is not looked at. Null: it is answered with 501.</summary>
    public bool? KnowsIfNoneMatch { get; init; } = true;

    /// <summary>Every new object is locked for so many days, says the bucket; 0 for one without lock.</summary>
    public int LockDays { get; init; }

    /// <summary>The credentials may add and read only.</summary>
    public bool DeniesDelete { get; init; }

    public bool Versioning { get; init; }

    /// <summary>Ranges are not looked at: whoever asks for a part is given all.</summary>
    public bool IgnoresRange { get; init; }

    /// <summary>Most objects on one page of a list.</summary>
    public int PageSize { get; init; } = 1000;

    /// <summary>The store's clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
