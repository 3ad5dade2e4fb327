using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Migrations;

/// <summary>The backups that the account's owner has set up, if any: a move makes one more before it changes anything.</summary>
public interface ISealedBackups
{
    /// <summary>How the backup stands, and begins one when none was made or begun since <paramref name="since"/>.</summary>
    /// <returns>Null when the account is in no plan of this owner, or the plan is paused.</returns>
    Task<SealedBackup?> BringUpToDateAsync(string owner, Did did, DateTimeOffset since, CancellationToken ct);
}

/// <param name="Plan">The plan's name, as its owner gave it.</param>
/// <param name="MadeAt">When it was last certain that everything is backed up, if that was after the time asked for.</param>
/// <param name="Problem">Why it could not be made, for a person; null while it is on its way.</param>
public sealed record SealedBackup(string Plan, DateTimeOffset? MadeAt, string? Problem);

/// <summary>For who hosts moves without backups.</summary>
internal sealed class NoSealedBackups : ISealedBackups
{
    public Task<SealedBackup?> BringUpToDateAsync(string owner, Did did, DateTimeOffset since, CancellationToken ct) =>
        Task.FromResult<SealedBackup?>(null);
}
