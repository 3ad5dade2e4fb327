using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Migrator.Core.AtProto.Net;

namespace Migrator.Core.Tests.AtProto.Net;

/// <summary>The guarded client as the program builds it, with settings of the test's choice.</summary>
internal sealed class TestNetwork : IDisposable
{
    private readonly ServiceProvider _provider;

    public TestNetwork(Action<NetworkOptions>? configure = null, INameResolver? names = null, TimeProvider? time = null,
        Action<IServiceCollection>? more = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance).AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddOptions<NetworkOptions>().Configure(options => configure?.Invoke(options));
        if (names is not null) services.AddSingleton(names);
        if (time is not null) services.AddSingleton(time);
        services.AddGuardedHttp();
        more?.Invoke(services);
        _provider = services.BuildServiceProvider();
    }

    public static Action<NetworkOptions> Allow(params string[] hosts) => options =>
    {
        foreach (var host in hosts) options.AllowPrivate.Add(host);
    };

    public HttpClient Client => _provider.GetRequiredService<IHttpClientFactory>().CreateClient(GuardedHttp.ClientName);

    public T Get<T>() where T : notnull => _provider.GetRequiredService<T>();

    public void Dispose() => _provider.Dispose();
}
