using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Migrator.Testing.Network;

/// <summary>A reference PDS in a process of its own, with what a test may do to it from behind.</summary>
public sealed class PdsProcess : IAsyncDisposable
{
    private readonly IReadOnlyList<string> arguments;
    private NodeProcess process;

    private PdsProcess(PdsOptions options, int port, string dataFolder, IReadOnlyList<string> arguments, NodeProcess process)
    {
        Options = options;
        Port = port;
        DataFolder = dataFolder;
        this.arguments = arguments;
        this.process = process;
        Admin = new PdsAdmin(this);
    }

    public PdsOptions Options { get; }

    public int Port { get; }

    /// <summary>Where account.sqlite, the actor stores, the blobs and the server's rotation key are.</summary>
    public string DataFolder { get; }

    /// <summary>The origin, such as <c>http://localhost:21234</c>; exactly what DID documents name.</summary>
    public string Url => $"http://localhost:{Port}";

    /// <summary>The service DID that tokens for this server must name.</summary>
    public string Did => process.Facts.GetProperty("did").GetString()!;

    /// <summary>The did:key by which this server may change its accounts' directory entries.</summary>
    public string RotationKey => process.Facts.GetProperty("rotationKey").GetString()!;

    public int Pid => process.Pid;

    public bool IsRunning => !process.HasExited;

    public PdsAdmin Admin { get; }

    internal static async Task<PdsProcess> StartAsync(
        PdsOptions options, string dataFolder, string plcUrl, CancellationToken cancel)
    {
        string[] arguments = ["--data", dataFolder, "--plc", plcUrl, .. options.ToArguments()];
        var (process, port) = await NodeProcess.StartOnFreePortAsync("pds.mjs", arguments, cancel);
        return new PdsProcess(options, port, dataFolder, arguments, process);
    }

    /// <summary>Ends the server at once (SIGKILL): "the host died".</summary>
    public Task KillAsync() => process.KillAsync();

    public Task StopAsync() => process.StopAsync();

    /// <summary>Starts a server that was stopped or killed: same port, same data, same keys.</summary>
    public async Task StartAgainAsync(CancellationToken cancel)
    {
        if (IsRunning)
            throw new InvalidOperationException($"{Url} still runs.");
        await process.DisposeAsync();
        string[] place = ["--port", Port.ToString(CultureInfo.InvariantCulture)];
        process = await NodeProcess.StartAsync("pds.mjs", [.. place, .. arguments], cancel);
    }

    /// <inheritdoc cref="NodeProcess.Freeze"/>
    public void Freeze() => process.Freeze();

    /// <inheritdoc cref="NodeProcess.Thaw"/>
    public void Thaw() => process.Thaw();

    /// <summary>Where the server keeps a blob that a record uses.</summary>
    public string BlobFile(string did, string cid) => Path.Combine(DataFolder, "blobs", did, cid);

    /// <summary>Loses a blob: the server still lists it, and cannot serve it.</summary>
    public void DeleteBlobFile(string did, string cid) => File.Delete(Existing(BlobFile(did, cid)));

    /// <summary>Flips one bit in the middle of a blob, as a bad disk does: the server serves it as if nothing had happened.</summary>
    public void DamageBlobFile(string did, string cid)
    {
        var bytes = File.ReadAllBytes(Existing(BlobFile(did, cid)));
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(BlobFile(did, cid), bytes);
    }

    /// <summary>The account's signing key as 64 hex digits (K-256): what an operator with disk access could back up.</summary>
    public string ReadSigningKeyHex(string did) => Convert.ToHexStringLower(File.ReadAllBytes(Existing(Path.Combine(ActorFolder(did), "key"))));

    /// <summary>As after a store was lost and its books repaired: neither the file nor the row that says it is there.</summary>
    public async Task ForgetBlobAsync(string did, string cid, CancellationToken cancel)
    {
        DeleteBlobFile(did, cid);
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(ActorFolder(did), "store.sqlite")};Default Timeout=30;Pooling=False");
        await connection.OpenAsync(cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = "DELETE FROM blob WHERE cid = $cid";
        command.Parameters.AddWithValue("$cid", cid);
        if (await command.ExecuteNonQueryAsync(cancel) != 1)
            throw new InvalidOperationException($"The server has no row for the blob {cid}.");
    }

    /// <summary>The server's own rotation key as 64 hex digits (K-256).</summary>
    public string ReadRotationKeyHex() => File.ReadAllText(Path.Combine(DataFolder, "rotation-key.hex"));

    public ValueTask DisposeAsync() => process.DisposeAsync();

    private string ActorFolder(string did) =>
        Path.Combine(DataFolder, "actors", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(did)))[..2], did);

    private static string Existing(string file) =>
        File.Exists(file) ? file : throw new FileNotFoundException($"The server keeps no such file: {file}");
}
