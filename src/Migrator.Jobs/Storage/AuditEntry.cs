namespace Migrator.Jobs.Storage;

/// <summary>Who did what: written in the transaction of the deed. No secrets; keys by fingerprint only.</summary>
/// <param name="Actor">The signed-in owner, or <see cref="Engine"/>.</param>
/// <param name="Action">A dotted word that stays the same for ever, such as <c>migration.go</c>.</param>
public sealed record AuditEntry(string Actor, string Action, string? Detail = null)
{
    public const string Engine = "engine";

    /// <summary>The identity of a restored account was changed afterwards; the detail says it to the person.</summary>
    public const string IdentityChanged = "identity.changed";
}
