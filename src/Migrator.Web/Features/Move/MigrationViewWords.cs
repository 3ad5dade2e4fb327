using Migrator.Jobs.Migrations;

namespace Migrator.Web.Features.Move;

internal static class MigrationViewWords
{
    /// <summary>
    /// True where a public directory holds the identity, changed by signed operations. A did:web has no rotation keys: it is a file
    /// that its owner edits.
    /// </summary>
    public static bool IsDidPlc(this MigrationView view) => view.Did.StartsWith("did:plc:", StringComparison.Ordinal);

    /// <summary>
    /// True where nothing goes on before the person acts. False also right after they did: the hold stands until the work takes
    /// it up, but there is nothing left to press.
    /// </summary>
    public static bool WaitsForThePerson(this MigrationView view) =>
        view.Hold is { NeedsThePerson: true } && (view.Can.Resume || HoldAnswer.For(view) is not null);
}
