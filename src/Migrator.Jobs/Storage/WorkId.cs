using Migrator.Core.Migrations;

namespace Migrator.Jobs.Storage;

/// <summary>What the engine works on. Each kind has a table with the same columns for leases and wake-ups.</summary>
public enum WorkKind
{
    Migration,

    /// <summary>The backups of one account.</summary>
    Backup,

    /// <summary>The restore of one snapshot for practice.</summary>
    Drill,
}

/// <summary>Names one thing that one worker at a time works on.</summary>
public readonly record struct WorkId(WorkKind Kind, Guid Value)
{
    /// <summary>32 lower-case hex digits.</summary>
    public string Key => Value.ToString("N");

    public static implicit operator WorkId(MigrationId id) => new(WorkKind.Migration, id.Value);

    public static bool TryParse(WorkKind kind, string? key, out WorkId id)
    {
        var ok = Guid.TryParseExact(key, "N", out var value);
        id = new WorkId(kind, value);
        return ok;
    }

    public override string ToString() => $"{Kind} {Key}";
}

/// <summary>
/// The right to work on one thing, with its fencing number: who sleeps through the lease finds the number outdated at the next write.
/// </summary>
public sealed record WorkLease(WorkId Work, long Fence, string Holder)
{
    public static implicit operator WorkLease(Lease lease) => new(lease.Migration, lease.Fence, lease.Holder);

    /// <summary>The same as the runner of migrations knows it.</summary>
    /// <exception cref="InvalidOperationException">It is another kind of work.</exception>
    public Lease OfMigration() => Work.Kind == WorkKind.Migration
        ? new Lease(new MigrationId(Work.Value), Fence, Holder)
        : throw new InvalidOperationException($"{Work} is no migration.");
}

/// <summary>Another worker has taken over. The work is simply dropped: whoever holds the lease goes on.</summary>
public sealed class WorkLostException(WorkLease lease) : Exception($"The lease on {lease.Work} with fencing number {lease.Fence} is lost.");
