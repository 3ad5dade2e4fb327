using System.Text.Json;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Migrations.Gathering;

/// <summary>
/// One of the places that an account is put together from. Nothing that it says is believed: repos come verified, blobs by their hash.
/// </summary>
/// <remarks>Faults of the source come as <see cref="GatherException"/>, with a sentence for the person.</remarks>
public interface IGatherSource : IAsyncDisposable
{
    /// <summary>For the person: which source spoke.</summary>
    string Name { get; }

    /// <summary>
    /// Its newest whole repo of the account; null when it has none. What it had besides, and why it was no use, goes into
    /// <paramref name="notes"/>.
    /// </summary>
    Task<VerifiedRepo?> FindRepoAsync(RepoExpectation expectation, List<string> notes, CancellationToken ct);

    /// <summary>Looks for blobs whose bytes it has, each read and hashed whole.</summary>
    /// <param name="found">
    /// Is told the CID, where it lies (as in <see cref="Inventory.Blobs"/>), its size, and its type if the source knows.
    /// </param>
    Task FindBlobsAsync(IReadOnlySet<Cid> wanted, Action<Cid, string, long, string?> found, CancellationToken ct);

    /// <summary>The app's preferences, a JSON array; null when it has none.</summary>
    Task<JsonElement?> FindPreferencesAsync(CancellationToken ct);
}

/// <summary>A source cannot be read. The message is for the person.</summary>
/// <param name="again">It may pass: the same may work a little later.</param>
public sealed class GatherException(string message, bool again, Exception? inner = null) : Exception(message, inner)
{
    public bool MayPass { get; } = again;
}
