using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Tests.AtProto.Net;

namespace Migrator.Core.Tests.AtProto.Plc;

/// <summary>A client for one directory, built as the program builds it.</summary>
internal sealed class PlcNetwork(Uri directory, TimeProvider? time = null) : IDisposable
{
    private readonly TestNetwork _network = new(
        options =>
        {
            options.AllowPrivate.Add("localhost:*");
            options.AllowPrivate.Add("127.0.0.1:*");
            options.SafeAttempts = 1;
        },
        names: null, time,
        services => services.Configure<PlcOptions>(plc => plc.Url = directory).AddSingleton<XrpcClient>().AddSingleton<PlcClient>());

    public PlcClient Client => _network.Get<PlcClient>();

    public T Get<T>()
        where T : notnull => _network.Get<T>();

    public void Dispose() => _network.Dispose();
}
