using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.AtProto;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Testing;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.AtProto;

/// <summary>Migrator's own clients, set up as the program sets them up, for the servers of a test network.</summary>
internal sealed class LiveClients : IDisposable
{
    private readonly ServiceProvider _provider;

    public LiveClients(RealNetwork network, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Migrator:Network:AllowPrivate:0"] = "localhost:*",
            ["Migrator:Network:AllowPrivate:1"] = "127.0.0.1:*",
            ["Migrator:Plc:Url"] = network.Plc.Url,
            ["Migrator:Identity:HandleResolvers:0"] = network.A.Url,
            ["Migrator:Identity:HandleResolvers:1"] = network.B.Url,
        }).AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();
        _provider = new ServiceCollection().AddLogging().AddAtProto(configuration).BuildServiceProvider();
    }

    public T Get<T>() where T : notnull => _provider.GetRequiredService<T>();

    public PdsClient Anonymous(string url) => Get<PdsClientFactory>().Anonymous(new Uri(url));

    public PdsClient WithSession(string url, ISessionVault vault) => Get<PdsClientFactory>().WithSession(new Uri(url), vault);

    public async Task<(PdsClient Client, MemorySessionVault Vault)> SignInAsync(
        string url, string identifier, string password, CancellationToken cancel)
    {
        var session = (await Anonymous(url).CreateSessionAsync(identifier, password, null, cancel)).Value;
        var vault = new MemorySessionVault(session.Tokens);
        return (WithSession(url, vault), vault);
    }

    public async Task<PdsClient> OwnerAsync(FilledAccount account, CancellationToken cancel) =>
        (await SignInAsync(account.Pds, account.Handle, account.Password, cancel)).Client;

    public void Dispose() => _provider.Dispose();
}
