using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Migrator.Core.Age;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.EndToEnd.Tests.Backups;
using Migrator.Testing.Backups;

namespace Migrator.EndToEnd.Tests.Drills;

/// <summary>A copy of a vault's folder, to be damaged. Which object is of which kind is told from outside, by the manifest alone.</summary>
internal sealed class DamagedVault : IAsyncDisposable
{
    private readonly LiveBackups _backups;
    private readonly OpenedSnapshot _snapshot;

    private DamagedVault(LiveBackups backups, OpenedSnapshot snapshot, string folder, IVault vault) =>
        (_backups, _snapshot, Folder, Vault) = (backups, snapshot, folder, vault);

    public string Folder { get; }

    public IVault Vault { get; }

    /// <summary>Full name of the object that holds the repo.</summary>
    public string RepoObject => BackupLayout.Absolute(_snapshot.AccountId, _snapshot.Manifest.Repo.Chain[0].Object.Name);

    /// <summary>Full names of the objects that hold blobs: all that are neither repo nor list.</summary>
    public IReadOnlyList<string> BlobObjects
    {
        get
        {
            var (repo, blobs) = (_snapshot.Manifest.Repo, _snapshot.Manifest.Blobs);
            var others = repo.Chain.Select(car => car.Object.Name).Concat(blobs.Pages.Select(page => page.Name))
                .Select(name => BackupLayout.Absolute(_snapshot.AccountId, name)).ToHashSet();
            return [.. Directory.EnumerateFiles(Path.Combine(Folder, "accounts", _snapshot.AccountId, "objects"))
                .Select(path => Path.GetRelativePath(Folder, path)).Where(name => !others.Contains(name)).Order(StringComparer.Ordinal)];
        }
    }

    public static async Task<DamagedVault> CopyAsync(LiveBackups backups, string snapshot, IVaultFactory vaults, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("migrator-damaged-").FullName;
        foreach (var path in Directory.EnumerateFiles(backups.VaultFolder, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(backups.VaultFolder, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
            File.SetUnixFileMode(copy, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        var vault = vaults.Open(new FileVaultSettings(folder), null);
        return new DamagedVault(backups, await SnapshotReader.OpenAsync(vault, snapshot, [backups.Identity], ct), folder, vault);
    }

    public void FlipByte(string name)
    {
        var path = Path.Combine(Folder, name);
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    public void Lose(string name) => File.Delete(Path.Combine(Folder, name));

    /// <summary>Puts another content in an object's place, sealed to the owner as anybody can seal.</summary>
    public async Task SwapAsync(string name, byte[] content, CancellationToken ct)
    {
        using var source = new MemoryStream(content);
        await using var file = File.Create(Path.Combine(Folder, name));
        await AgeEncryptor.SealAsync(source, file, [_backups.Identity.Recipient], AgeForm.Binary, ct);
    }

    /// <summary>Swaps the repo, and has the manifest name the new object with its length and hashes, signed anew.</summary>
    public async Task SwapRepoAndManifestAsync(byte[] car, CancellationToken ct)
    {
        await SwapAsync(RepoObject, car, ct);
        await using var vault = File.OpenRead(Path.Combine(Folder, _snapshot.Name));
        using var opened = new MemoryStream();
        await AgeDecryptor.OpenToAsync(vault, opened, [_backups.Identity], AgeForm.Binary, ct);
        vault.Close();
        var manifest = JsonNode.Parse(opened.ToArray().AsSpan(0, opened.ToArray().AsSpan().IndexOf((byte)'\n')))!;
        var place = manifest["repo"]!["chain"]![0]!;
        var stored = await File.ReadAllBytesAsync(Path.Combine(Folder, RepoObject), ct);
        (place["plainLength"], place["plainSha256"]) = (car.Length, Convert.ToHexStringLower(SHA256.HashData(car)));
        (place["object"]!["length"], place["object"]!["sha256"]) = (stored.Length, Convert.ToHexStringLower(SHA256.HashData(stored)));
        var signer = new KeySigner();
        var first = JsonSerializer.SerializeToUtf8Bytes(manifest);
        var signature = Base64Url.EncodeToString(signer.Sign(first));
        var second = JsonSerializer.SerializeToUtf8Bytes(new { key = signer.DidKey, sig = signature });
        await SwapAsync(_snapshot.Name, [.. first, (byte)'\n', .. second, (byte)'\n'], ct);
    }

    public async ValueTask DisposeAsync()
    {
        await Vault.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
