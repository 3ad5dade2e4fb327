using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Migrations;

namespace Migrator.Benchmarks;

/// <summary>Copies the blobs of a manifest between two servers with the product's own copier, as one whole process.</summary>
internal static class BlobCopy
{
    private static readonly Did Account = Did.Parse("did:plc:7iza6de2dwap2sbkpav7c6c6");

    public static async Task<int> RunAsync(string source, string target, string manifest, int atOnce)
    {
        await using var services = Services();
        var tokens = new SessionTokens(Account, "access", "refresh");
        var ledger = new MemoryLedger();
        var lease = new Lease(MigrationId.New(), 1, "benchmark");
        await ledger.AddNeededAsync(
            lease,
            [.. BlobSet.ReadManifest(manifest).Select(blob => new BlobEntry(blob.Cid, BlobState.Needed, blob.Size, null, null, null))],
            CancellationToken.None);
        var tools = new MigrationTools(
            new NoStore(), ledger, new OneSecret(SealedSession.Seal(tokens)), services.GetRequiredService<PdsClientFactory>(),
            services.GetRequiredService<IdentityResolver>(), services.GetRequiredService<PlcClient>(),
            new MigrationOptions { BlobsAtOnce = atOnce, WorkFolder = Path.GetTempPath() });
        var context = new MigrationContext(lease, Migration(lease.Migration, source, target), tools, TimeProvider.System);
        var from = new LiveAccountSource(tools.Servers.Anonymous(new Uri(source)), Account);

        var watch = Stopwatch.StartNew();
        var trouble = await new BlobCopier().CopyAsync(context, StepName.CopyBlobs, from, CancellationToken.None);
        Console.WriteLine(
            $"{{\"ms\":{watch.ElapsedMilliseconds},\"copied\":{ledger.Count(BlobState.Copied)},\"peakMiB\":{Memory.OwnPeakMiB()}}}");
        if (trouble is not null)
            Console.Error.WriteLine(trouble);
        return trouble is null ? 0 : 1;
    }

    private static ServiceProvider Services()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new("Migrator:Network:AllowPrivate:0", "127.0.0.1:*")]).Build();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddAtProto(settings);
        return services.BuildServiceProvider();
    }

    private static Migration Migration(MigrationId id, string source, string target)
    {
        var now = TimeProvider.System.GetUtcNow();
        var request = new MigrationRequest
        {
            Did = Account,
            SourcePds = new Uri(source),
            Target = new TargetServer(new Uri(target), "did:web:localhost", [], false, null),
        };
        return new Migration(id, "benchmark", request, 1, new MigrationProgress(), now, now);
    }
}
