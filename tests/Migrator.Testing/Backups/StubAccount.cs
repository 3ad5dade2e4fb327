using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;
using Migrator.Testing.Faults;
using Migrator.Testing.Repos;

namespace Migrator.Testing.Backups;

/// <summary>
/// An account with a did:web on a scripted server: as large as a test wants, changed from one moment to the next, and able to lie. It
/// answers <c>since</c> as the reference server does: with every block that the named state lacked, or an empty CAR for a rev it does not know.
/// </summary>
public sealed class StubAccount : IAsyncDisposable
{
    private const string Car = "application/vnd.ipld.car";

    private readonly List<(string Rev, BuiltRepo Repo)> _states = [];
    private PrivateKey _documentKey;

    private StubAccount(HostilePds server, PrivateKey key, Did did)
    {
        (Server, Key, Did, _documentKey) = (server, key, did, key);
        Builder = new RepoBuilder(did, key);
        Url = new Uri($"http://localhost:{server.Url.Port}");
    }

    public HostilePds Server { get; }

    /// <summary>As the identity names it.</summary>
    public Uri Url { get; private set; }

    public PrivateKey Key { get; }

    public Did Did { get; }

    /// <summary>Put and delete records here, then <see cref="Publish()"/>.</summary>
    public RepoBuilder Builder { get; set; }

    public ConcurrentDictionary<string, byte[]> Blobs { get; } = new(StringComparer.Ordinal);

    public BuiltRepo Repo => _states[^1].Repo;

    public string Rev => _states[^1].Rev;

    public static async Task<StubAccount> StartAsync()
    {
        var server = await HostilePds.StartAsync();
        var account = new StubAccount(server, PrivateKey.Generate(KeyCurve.K256), Did.Parse($"did:web:localhost%3A{server.Url.Port}"));
        account.Behave();
        return account;
    }

    /// <summary>Answers everything as a good server does.</summary>
    public void Behave()
    {
        Server.On("/.well-known/did.json", Reply.By(context => context.Response.WriteAsJsonAsync(Document())));
        Server.On("com.atproto.sync.getLatestCommit", Reply.By(context => context.Response.WriteAsJsonAsync(new { cid = Repo.Commit.ToString(), rev = Rev })));
        Server.On("com.atproto.sync.getRepo", Reply.By(GiveRepoAsync));
        Server.On("com.atproto.sync.getBlob", Reply.By(GiveBlobAsync));
        Server.On("com.atproto.sync.getRepoStatus", Reply.By(context => context.Response.WriteAsJsonAsync(new { did = Did.ToString(), active = true, rev = Rev })));
    }

    /// <summary>Closes the account to everybody, as a server does that deactivated it or took it down.</summary>
    public void Close(string error, string? status)
    {
        foreach (var nsid in new[] { "com.atproto.sync.getLatestCommit", "com.atproto.sync.getRepo", "com.atproto.sync.getBlob" })
            Server.On(nsid, Reply.Error(400, error, "not shown"));
        Server.On("com.atproto.sync.getRepoStatus", status is null
            ? Reply.Error(400, "RepoNotFound", "no such repo")
            : Reply.Json($$"""{"did":"{{Did}}","active":false,"status":"{{status}}"}"""));
    }

    /// <summary>Another server from now on.</summary>
    public void MoveTo(Uri url) => Url = url;

    /// <summary>The identity names another key from now on; the builder signs with it too.</summary>
    public void ChangeKey(PrivateKey key) => _documentKey = key;

    /// <summary>The builder's state becomes the newest commit.</summary>
    public BuiltRepo Publish()
    {
        Builder.Rev = Tid.FromTime(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(_states.Count), 0);
        return Publish(Builder.Build(), Builder.Rev.ToString());
    }

    public BuiltRepo Publish(BuiltRepo repo, string rev)
    {
        _states.Add((rev, repo));
        return repo;
    }

    /// <summary>Adds a post with a file.</summary>
    public Cid AddBlob(string path, byte[] bytes, string mimeType = "image/png")
    {
        var cid = Cid.ForRaw(bytes);
        Blobs[cid.ToString()] = bytes;
        Builder.Put(path, w =>
        {
            w.BeginMap();
            w.WriteKey("$type");
            w.WriteText(path[..path.IndexOf('/')]);
            w.WriteKey("image");
            SampleRepo.Blob(w, cid, mimeType, bytes.Length);
            w.EndMap();
        });
        return cid;
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private Dictionary<string, object> Document() => new()
    {
        ["id"] = Did.ToString(),
        ["verificationMethod"] = new[]
        {
            new { id = $"{Did}#atproto", type = "Multikey", controller = Did.ToString(), publicKeyMultibase = _documentKey.PublicKey.Multibase },
        },
        ["service"] = new[] { new { id = "#atproto_pds", type = "AtprotoPersonalDataServer", serviceEndpoint = Url.GetLeftPart(UriPartial.Authority) } },
    };

    private async Task GiveRepoAsync(HttpContext context)
    {
        context.Response.ContentType = Car;
        var since = context.Request.Query["since"].ToString();
        var earlier = _states.Find(state => state.Rev == since).Repo;
        using var car = new MemoryStream();
        if (since.Length == 0) Repo.WriteCar(car, BlockOrder.ByCid);
        else if (earlier is not null) car.Write(Repo.ToDelta(earlier));
        else new CarWriter(car, Repo.Commit).Flush();
        context.Response.ContentLength = car.Length;
        await context.Response.Body.WriteAsync(car.GetBuffer().AsMemory(0, (int)car.Length), context.RequestAborted);
    }

    private async Task GiveBlobAsync(HttpContext context)
    {
        if (!Blobs.TryGetValue(context.Request.Query["cid"].ToString(), out var bytes))
        {
            context.Response.StatusCode = 400;
            await context.Response.WriteAsJsonAsync(new { error = "InvalidRequest", message = "Blob not found" });
            return;
        }
        context.Response.ContentType = "image/png";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
