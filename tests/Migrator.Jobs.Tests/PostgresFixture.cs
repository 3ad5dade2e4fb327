using Migrator.Testing.Databases;
using Xunit;

[assembly: AssemblyFixture(typeof(Migrator.Jobs.Tests.PostgresFixture))]

namespace Migrator.Jobs.Tests;

/// <summary>One PostgreSQL server for the whole run.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private PostgresServer? _server;

    /// <summary>Skips the running test, with the reason, where no server can be had.</summary>
    public PostgresServer Server
    {
        get
        {
            if (_server is not { IsAvailable: true }) Assert.Skip(_server?.Reason ?? "PostgreSQL was not started.");
            return _server;
        }
    }

    public async ValueTask InitializeAsync() => _server = await PostgresServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
