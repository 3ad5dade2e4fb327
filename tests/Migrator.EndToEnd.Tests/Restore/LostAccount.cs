using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.EndToEnd.Tests.Move;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Restore;

/// <summary>
/// An account on a server of its own that dies: killed, and its data wiped. What is left is what its owner kept: the CAR file and the
/// blobs in a folder, and a rotation key. On the dead server's port a listener notes whoever still asks for it.
/// </summary>
internal sealed class LostAccount : IAsyncDisposable
{
    private readonly PdsProcess _server;
    private readonly List<string> _folders = [];
    private Ear? _ear;

    private LostAccount(RealNetwork network, PdsProcess server, FilledAccount account, PrivateKey key, AccountSnapshotFolder before) =>
        (Network, _server, Account, Key, Before) = (network, server, account, key, before);

    public RealNetwork Network { get; }

    public PdsProcess Server => _server;

    public FilledAccount Account { get; }

    /// <summary>The owner's rotation key.</summary>
    public PrivateKey Key { get; }

    /// <summary>What the account was, for the judge; and what its owner kept.</summary>
    public AccountSnapshotFolder Before { get; private set; }

    /// <summary>How many connections were made to the dead server's address.</summary>
    public int Heard => _ear?.Connections ?? 0;

    public static async Task<LostAccount> CreateAsync(
        RealNetwork network, CancellationToken ct, KeyCurve curve = KeyCurve.P256, FillOptions? fill = null, bool keyInIdentity = true)
    {
        var server = await network.StartPdsAsync(new PdsOptions($".lost{FreePort.Next()}.test"), ct);
        var key = PrivateKey.Generate(curve);
        var account = await network.CreateAccountAsync(
            server, ct, fill: (fill ?? new FillOptions()) with { RecoveryKey = keyInIdentity ? key.PublicKey.DidKey : null });
        var before = await network.SnapshotAsync(server, account.Did, ct, account.Password);
        return new LostAccount(network, server, account, key, before);
    }

    /// <summary>The account lives on for a while; from now on this is what it was.</summary>
    public async Task LiveOnAsync(CancellationToken ct, bool remember = true)
    {
        await Network.AddToAsync(Account, new FillOptions { Posts = 3, Images = 1, Likes = 1, Seed = 7 }, ct);
        if (remember)
            Before = await Network.SnapshotAsync(_server, Account.Did, ct, Account.Password);
    }

    /// <summary>Kills the server, wipes its data and listens in its place.</summary>
    public async Task DieAsync()
    {
        await _server.KillAsync();
        foreach (var entry in Directory.EnumerateFileSystemEntries(_server.DataFolder))
        {
            // Its own key file stays for the tests that need to act as the old server.
            if (Directory.Exists(entry))
                Directory.Delete(entry, recursive: true);
            else if (!entry.EndsWith("rotation-key.hex", StringComparison.Ordinal))
                File.Delete(entry);
        }

        _ear = new Ear(_server.Port);
    }

    /// <summary>A folder as a careful owner keeps one: the CAR, the blobs, the settings; files named as they like.</summary>
    public string KeptFolder(Func<string, bool>? keepBlob = null)
    {
        var folder = Directory.CreateTempSubdirectory("kept-").FullName;
        _folders.Add(folder);
        File.Copy(Before.CarFile, Path.Combine(folder, "my posts.car"));
        Directory.CreateDirectory(Path.Combine(folder, "pictures"));
        var number = 0;
        foreach (var blob in Account.Blobs.Where(blob => keepBlob?.Invoke(blob.Cid) ?? true).Select(blob => blob.Cid).Distinct())
            File.Copy(Before.BlobFile(blob), Path.Combine(folder, "pictures", $"IMG_{number++:0000}.bin"));
        using var facts = JsonDocument.Parse(File.ReadAllText(Path.Combine(Before.Folder, "account.json")));
        if (facts.RootElement.GetProperty("preferences") is { ValueKind: not JsonValueKind.Null } preferences)
            File.WriteAllText(Path.Combine(folder, "preferences.json"), preferences.GetRawText());
        return folder;
    }

    public JudgeRequest Judge(PdsProcess now, string handle, string password) => new(Before, now)
    {
        Handle = handle,
        From = _server,
        UserKeys = [Key.PublicKey.DidKey],
        Password = password,
    };

    public Task<int> CountOperationsAsync(CancellationToken ct) => Identities.CountOperationsAsync(Network, Account.Did, ct);

    public async ValueTask DisposeAsync()
    {
        Key.Dispose();
        foreach (var folder in _folders)
            Directory.Delete(folder, recursive: true);
        if (_ear is not null)
            await _ear.DisposeAsync();
        await _server.DisposeAsync();
    }
}
