using System.Text.Json;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Migrations.Gathering;

/// <summary>The person's own files: CAR files, a folder or archive of blobs, preferences.json.</summary>
/// <param name="name">For the person.</param>
/// <param name="place">Full path of a file or folder.</param>
/// <param name="staging">Own folder for what comes out of archives.</param>
internal sealed class FilesGatherSource(string name, string place, string staging, FileSearchLimits limits) : IGatherSource
{
    private const int MostCars = 500;
    private const int MostPreferenceBytes = 1 << 20;

    private readonly FileSearch _search = new(staging, limits);
    private FoundFiles? _found;

    public string Name => name;

    public async Task<VerifiedRepo?> FindRepoAsync(RepoExpectation expectation, List<string> notes, CancellationToken ct)
    {
        var cars = (await FilesAsync(ct)).Cars;
        if (cars.Count > MostCars)
            throw new GatherException($"{name} holds {cars.Count:N0} CAR files. Name the one that is to be restored.", again: false);
        VerifiedRepo? best = null;
        string? bestFile = null;
        var rest = new List<string>();
        foreach (var car in cars)
        {
            var (repo, problem) = await TryAsync([car], expectation, ct);
            if (repo is null)
            {
                rest.Add(car);
                notes.Add($"{Path.GetFileName(car)}: {problem}");
            }
            else if (best is null || repo.Commit.Rev.CompareTo(best.Commit.Rev) > 0)
            {
                best?.Dispose();
                (best, bestFile) = (repo, car);
            }
            else
            {
                repo.Dispose();
            }
        }

        return best is null || rest.Count == 0 ? best : await WithDeltasAsync(best, bestFile!, rest, expectation, notes, ct);
    }

    public async Task FindBlobsAsync(IReadOnlySet<Cid> wanted, Action<Cid, string, long, string?> found, CancellationToken ct)
    {
        try
        {
            await _search.FindBlobsAsync(place, wanted, (cid, path, size) => found(cid, path, size, null), ct);
        }
        catch (FileSearchException problem)
        {
            throw new GatherException(problem.Message, again: false, problem);
        }
    }

    public async Task<JsonElement?> FindPreferencesAsync(CancellationToken ct)
    {
        if ((await FilesAsync(ct)).Preferences is not { } path || new FileInfo(path).Length > MostPreferenceBytes)
            return null;
        try
        {
            await using var file = File.OpenRead(path);
            using var json = await JsonDocument.ParseAsync(file, cancellationToken: ct);
            // As the server gave it, or the list alone.
            var list = json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("preferences", out var inner)
                ? inner
                : json.RootElement;
            return list.ValueKind == JsonValueKind.Array ? list.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>
    /// Exports "since" another one are no whole repo by themselves: in the order of their names they may make the full one newer.
    /// </summary>
    private static async Task<VerifiedRepo> WithDeltasAsync(
        VerifiedRepo full, string fullFile, List<string> rest, RepoExpectation expectation, List<string> notes, CancellationToken ct)
    {
        List<string> chain = [fullFile];
        var best = full;
        foreach (var delta in rest.Order(StringComparer.Ordinal))
        {
            var (repo, _) = await TryAsync([.. chain, delta], expectation, ct);
            if (repo is null || repo.Commit.Rev.CompareTo(best.Commit.Rev) <= 0)
            {
                repo?.Dispose();
                continue;
            }

            best.Dispose();
            best = repo;
            chain.Add(delta);
            notes.Add($"{Path.GetFileName(delta)} continues {Path.GetFileName(fullFile)}.");
        }

        return best;
    }

    private static async Task<(VerifiedRepo? Repo, string? Problem)> TryAsync(
        IReadOnlyList<string> files, RepoExpectation expectation, CancellationToken ct)
    {
        try
        {
            return (await RepoVerifier.VerifyFilesAsync(files, expectation, null, null, ct), null);
        }
        catch (RepoFaultException fault)
        {
            return (null, fault.Message);
        }
    }

    private async Task<FoundFiles> FilesAsync(CancellationToken ct)
    {
        try
        {
            return _found ??= await _search.FindRepoFilesAsync(place, ct);
        }
        catch (FileSearchException problem)
        {
            throw new GatherException(problem.Message, again: false, problem);
        }
    }
}
