using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Migrations;
using Migrator.Testing.Faults;
using Xunit;

namespace Migrator.Core.Tests.Migrations;

/// <summary>Two scripted servers, a ledger in memory, and the copier between them.</summary>
internal sealed class BlobCopyWorld : IAsyncDisposable
{
    private const string GetBlob = "com.atproto.sync.getBlob";
    private const string UploadBlob = "com.atproto.repo.uploadBlob";

    private readonly ServiceProvider _services;

    private BlobCopyWorld(HostilePds source, HostilePds target, ServiceProvider services) => (Source, Target, _services) = (source, target, services);

    public HostilePds Source { get; }

    public HostilePds Target { get; }

    public MemoryLedger Ledger { get; } = new();

    public int Uploads => Target.CountOf(UploadBlob);

    public int Downloads => Source.CountOf(GetBlob);

    public static async Task<BlobCopyWorld> StartAsync()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(
        [
            new("Migrator:Network:AllowPrivate:0", "127.0.0.1:*"), new("Migrator:Network:SafeAttempts", "1"),
        ]).Build();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddAtProto(settings);
        return new BlobCopyWorld(await HostilePds.StartAsync(), await HostilePds.StartAsync(), services.BuildServiceProvider());
    }

    /// <summary>Puts blobs on the source, named in the ledger as needed; <paramref name="before"/> runs before each is given.</summary>
    public IReadOnlyList<Cid> Give(IEnumerable<byte[]> blobs, Func<Task>? before = null)
    {
        var known = blobs.ToDictionary(bytes => Cid.ForRaw(bytes).ToString());
        foreach (var cid in known.Keys)
            Ledger.Entries[Cid.Parse(cid)] = new BlobEntry(Cid.Parse(cid), BlobState.Needed, null, null, null, null);
        Source.On(GetBlob, Reply.By(async http =>
        {
            await (before?.Invoke() ?? Task.CompletedTask);
            await Reply.Body(200, "image/png", known[http.Request.Query["cid"].ToString()]).Answer(http);
        }));
        return [.. known.Keys.Select(cid => Cid.Parse(cid))];
    }

    /// <summary>Lets the target take what comes and answer with its CID; <paramref name="before"/> runs before each answer.</summary>
    public void Take(Func<Task>? before = null) => Target.On(UploadBlob, Reply.By(async http =>
    {
        var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        await (before?.Invoke() ?? Task.CompletedTask);
        var cid = Cid.ForRaw(body.ToArray());
        await Reply.Json($$$"""{"blob":{"ref":{"$link":"{{{cid}}}"},"mimeType":"image/png","size":{{{body.Length}}} }}""").Answer(http);
    }).Early());

    public Task<StepOutcome?> CopyAsync(int atOnce)
    {
        var request = Sample.Request with { Target = new TargetServer(Target.Url, "did:web:target.test", [], false, null) };
        var migration = new Migration(MigrationId.New(), "owner", request, 1, new MigrationProgress(), Sample.Now, Sample.Now);
        var tools = new MigrationTools(
            new NoStore(), Ledger, new OneSecret(SealedSession.Seal(new SessionTokens(request.Did, "access", "refresh"))),
            _services.GetRequiredService<PdsClientFactory>(), _services.GetRequiredService<IdentityResolver>(),
            _services.GetRequiredService<PlcClient>(), new MigrationOptions { BlobsAtOnce = atOnce });
        var context = new MigrationContext(new Lease(migration.Id, 1, "test"), migration, tools, TimeProvider.System);
        var from = new LiveAccountSource(tools.Servers.Anonymous(Source.Url), request.Did);
        return new BlobCopier().CopyAsync(context, StepName.CopyBlobs, from, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Source.DisposeAsync();
        await Target.DisposeAsync();
    }
}
