namespace Migrator.Core.Vaults;

/// <summary>Whether a bucket keeps objects from being deleted or changed for a time.</summary>
/// <param name="Enabled">The bucket can lock objects.</param>
/// <param name="Mode">
/// <c>GOVERNANCE</c> (some may lift it) or <c>COMPLIANCE</c> (nobody can) when every new object is locked; null when only on request.
/// </param>
/// <param name="Retention">How long new objects are locked; null when they are not.</param>
public sealed record ObjectLock(bool Enabled, string? Mode = null, TimeSpan? Retention = null)
{
    public static readonly ObjectLock None = new(Enabled: false);
}
