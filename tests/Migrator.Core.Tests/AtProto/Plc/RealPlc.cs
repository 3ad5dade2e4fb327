using Migrator.Testing.Network;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Plc;

/// <summary>A real directory with the production rules, for the tests of one class.</summary>
public sealed class RealPlc : IAsyncLifetime
{
    public PlcProcess Directory { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Directory = await PlcProcess.StartAsync(likeProduction: true, CancellationToken.None);

    public ValueTask DisposeAsync() => Directory.DisposeAsync();
}
