using Migrator.Jobs.Migrations;
using Migrator.Jobs.Snapshots;

namespace Migrator.Jobs.Returns;

/// <summary>
/// Brings deleted records, and files that a server lost, from a snapshot back into a living account. First a look, which writes nothing;
/// then, with a sign-in, the writing. Both run in this process in the background of a page. Passwords are used once, sign-ins and keys
/// live in memory until the end. A restart ends it, and that is remembered and said; beginning again is safe: what is back already is then
/// not missing any more.
/// </summary>
public interface IReturnService
{
    /// <summary>Begins a look; with a password in the command, everything: it signs in at once and writes when the look is over.</summary>
    Task<ServiceResult<ReturnView>> BeginAsync(string owner, string snapshotId, SnapshotKey key, BeginReturn command, CancellationToken ct);

    /// <summary>Signs in and writes what the look found.</summary>
    Task<ServiceResult<ReturnView>> WriteAsync(string owner, string id, SignIn command, CancellationToken ct);

    /// <summary>Another owner's, or none, is "not found".</summary>
    Task<ReturnView?> FindAsync(string owner, string id, CancellationToken ct);

    /// <summary>The owner's, newest first; what is over for 30 days.</summary>
    Task<IReadOnlyList<ReturnView>> ListAsync(string owner, CancellationToken ct);

    /// <summary>Stops what runs or waits; one that is over is forgotten. False where there is none.</summary>
    Task<bool> StopAsync(string owner, string id);
}

/// <param name="Paths">Kinds of records and single records; empty with <paramref name="All"/>.</param>
/// <param name="All">Every record that is gone.</param>
/// <param name="LostFiles">Also files that records refer to and that the server lost.</param>
/// <param name="Password">The account's password, better an app password; null: only a look.</param>
/// <param name="Code">The code that the server mailed, if it asks for one.</param>
public sealed record BeginReturn(
    IReadOnlyList<string>? Paths, bool All = false, bool LostFiles = false, string? Password = null, string? Code = null)
{
    public override string ToString() => nameof(BeginReturn);
}
