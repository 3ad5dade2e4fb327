using System.Security.Cryptography;
using System.Text.Json;
using Migrator.Core.AtProto.Encoding;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>
/// The cache folder of one account, held by one run at a time. What is in it is never believed: CAR files are verified whenever they are
/// used, and a state that cannot be read counts as none.
/// </summary>
internal sealed class SourceFolder : IDisposable
{
    private const string StateFile = "state.json";
    private const string AbsentFile = "absent.json";
    private const string LockFile = "lock";
    private const int IdLength = 26;
    private const int HeldByAnother = 11; // EWOULDBLOCK; .NET leaves the error number of Linux in HResult

    private readonly Did _did;
    private readonly FileStream _lock;

    private SourceFolder(Did did, string path, FileStream held) => (_did, Path, _lock) = (did, path, held);

    public string Path { get; }

    /// <summary>Opens the folder of an account; null when another run on this machine holds it.</summary>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public static SourceFolder? TryOpen(string root, Did did)
    {
        var id = Base32.Encode(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(did.ToString())))[..IdLength];
        var path = System.IO.Path.Combine(root, id);
        PrivateFile.CreateFolder(root); // what is made on the way to a folder would be for everybody
        PrivateFile.CreateFolder(path);
        try
        {
            var held = PrivateFile.OpenAlone(System.IO.Path.Combine(path, LockFile));
            return new SourceFolder(did, path, held);
        }
        catch (IOException held) when (held.HResult == HeldByAnother)
        {
            return null;
        }
    }

    public string PathOf(string file) => System.IO.Path.Combine(Path, file);

    public async Task<SourceState?> ReadStateAsync(CancellationToken ct)
    {
        var state = await ReadAsync<SourceState>(StateFile, ct).ConfigureAwait(false);
        return state is not null && state.Did == _did ? state : null;
    }

    /// <summary>Stores the state, then deletes CAR files that it does not name.</summary>
    public async Task WriteStateAsync(SourceState state, CancellationToken ct)
    {
        await PrivateFile.WriteWholeAsync(PathOf(StateFile), StrictJson.Write(state), ct).ConfigureAwait(false);
        var kept = state.Chain.Select(car => car.File).ToHashSet(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(Path, "*.car"))
        {
            if (!kept.Contains(System.IO.Path.GetFileName(path))) File.Delete(path);
        }
    }

    public async Task<IReadOnlyList<KnownAbsence>> ReadAbsentAsync(CancellationToken ct) =>
        await ReadAsync<List<KnownAbsence>>(AbsentFile, ct).ConfigureAwait(false) ?? [];

    public Task WriteAbsentAsync(List<KnownAbsence> absent, CancellationToken ct) =>
        PrivateFile.WriteWholeAsync(PathOf(AbsentFile), StrictJson.Write(absent), ct);

    /// <summary>True when every file of the chain is there with its length. Their content is checked when they are verified.</summary>
    public bool Has(IReadOnlyList<CachedCar> chain) =>
        chain.Count > 0 && chain.All(car => new FileInfo(PathOf(car.File)) is { Exists: true } file && file.Length == car.Length);

    /// <summary>Deletes what an interrupted run left behind.</summary>
    public void DeleteTemporary()
    {
        foreach (var path in Directory.EnumerateFiles(Path, "*.tmp")) File.Delete(path);
    }

    public void Dispose() => _lock.Dispose();

    private async Task<T?> ReadAsync<T>(string file, CancellationToken ct)
        where T : class
    {
        var path = PathOf(file);
        if (!File.Exists(path)) return null;
        try
        {
            return StrictJson.Read<T>(await File.ReadAllBytesAsync(path, ct).ConfigureAwait(false));
        }
        catch (JsonException)
        {
            return null; // as after a change of version: it is only a cache
        }
    }
}
