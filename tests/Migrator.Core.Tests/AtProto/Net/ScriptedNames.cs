using System.Net;
using Migrator.Core.AtProto.Net;

namespace Migrator.Core.Tests.AtProto.Net;

/// <summary>Answers each look-up with the next list of addresses; the last one repeats.</summary>
internal sealed class ScriptedNames(params IPAddress[][] answers) : INameResolver
{
    private int _asked;

    public int Asked => _asked;

    public ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancel) =>
        ValueTask.FromResult<IReadOnlyList<IPAddress>>(answers[Math.Min(Interlocked.Increment(ref _asked), answers.Length) - 1]);
}
