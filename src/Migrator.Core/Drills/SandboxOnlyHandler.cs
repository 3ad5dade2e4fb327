using Microsoft.Extensions.Logging;

namespace Migrator.Core.Drills;

/// <summary>
/// Lets a drill call the two servers of its sandbox and nobody else, whatever a step or a server asks for. Each call is logged.
/// </summary>
internal sealed class SandboxOnlyHandler(SandboxFacts facts, ILogger log) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var url = request.RequestUri!;
        if (!IsOf(facts.Directory, url) && !IsOf(facts.Server, url))
        {
            Log.KeptIn(log, url.Authority);
            throw new HttpRequestException($"A drill calls nobody but its sandbox, so {url.Authority} was not called.");
        }
        Log.Calls(log, request.Method.Method, url.Authority, url.AbsolutePath);
        return base.SendAsync(request, cancellationToken);
    }

    private static bool IsOf(Uri server, Uri url) =>
        url.Scheme == server.Scheme && url.Authority.Equals(server.Authority, StringComparison.OrdinalIgnoreCase);
}
