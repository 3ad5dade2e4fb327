using Migrator.Jobs.Migrations;

namespace Migrator.Web.Features.Move;

internal static class MigrationViewWords
{
    /// <summary>
    /// True where a public directory holds the identity, changed by signed operations. A did:web has no rotation keys: it is a file
    /// that its owner edits.
    /// </summary>
    public static bool IsDidPlc(this MigrationView view) => view.Did.StartsWith("did:plc:", StringComparison.Ordinal);
}
