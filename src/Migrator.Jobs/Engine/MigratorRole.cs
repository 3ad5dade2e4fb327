namespace Migrator.Jobs.Engine;

/// <summary>What this process does. Several processes need PostgreSQL.</summary>
public enum MigratorRole
{
    /// <summary>Pages, API and work.</summary>
    All,

    /// <summary>Pages and API only.</summary>
    Web,

    /// <summary>Work only.</summary>
    Worker,
}
