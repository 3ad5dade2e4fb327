using Migrator.Testing.Network;

namespace Migrator.Testing.S3;

/// <summary>A store written by others, from npm, in a folder of its own.</summary>
public sealed class S3rver : IAsyncDisposable
{
    public const string Bucket = "vault";
    public const string AccessKeyId = "S3RVER";
    public const string SecretAccessKey = "S3RVER";

    private readonly NodeProcess _process;
    private readonly string _folder;

    private S3rver(NodeProcess process, string folder, Uri url) => (_process, _folder, Url) = (process, folder, url);

    public Uri Url { get; }

    public static async Task<S3rver> StartAsync(CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("s3rver-").FullName;
        var (process, port) = await NodeProcess.StartOnFreePortAsync("s3/s3.mjs", ["--folder", folder], cancel);
        return new S3rver(process, folder, new Uri($"http://127.0.0.1:{port}"));
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
