using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Doctor;

/// <summary>Which servers to ask about an account, and what each says to anyone.</summary>
internal static class HostLook
{
    /// <summary>Earlier servers that are asked; older ones tell nothing about a move of today.</summary>
    private const int MostEarlier = 3;

    /// <summary>Every server once: the one that the identity names, earlier ones from new to old, the one that the person gave.</summary>
    public static IReadOnlyList<(Uri Pds, HostRole Role)> Candidates(Uri named, PlcHistory? history, Uri? given)
    {
        List<(Uri, HostRole)> hosts = [(named, HostRole.Named)];
        var earlier = (history?.Valid ?? []).Reverse().Select(entry => entry.Operation.Body?.PdsEndpoint)
            .Select(text => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" ? Origin(uri!) : null)
            .OfType<Uri>().Distinct().Where(uri => uri != Origin(named)).Take(MostEarlier);
        hosts.AddRange(earlier.Select(uri => (uri, HostRole.Earlier)));
        if (given is not null && !hosts.Exists(host => Origin(host.Item1) == Origin(given))) hosts.Add((Origin(given), HostRole.Given));
        return hosts;
    }

    public static async Task<HostFacts> AskAsync(PdsClient server, HostRole role, Did did, CancellationToken cancel)
    {
        var facts = new HostFacts(server.Pds.GetLeftPart(UriPartial.Authority), role, HostState.Unreachable);
        var asked = await server.GetRepoStatusAsync(did, cancel);
        if (!asked.TryGetValue(out var status, out var error))
        {
            return SaysNoAccount(error)
                ? facts with { State = HostState.NoAccount }
                : facts with { Message = error.Message };
        }

        if (!status.Active)
        {
            return facts with
            {
                State = status.Status is "deactivated" ? HostState.Deactivated : HostState.Withheld,
                Status = RemoteText.CleanName(status.Status) ?? "without a reason",
            };
        }

        var head = await server.GetLatestCommitAsync(did, cancel);
        return head.TryGetValue(out var commit, out var fault)
            ? facts with { State = HostState.Open, Commit = commit.Cid.ToString() }
            : facts with { Message = fault.Message };
    }

    // Only a server of the protocol can say it: a bare 404 is that of a proxy, of a wrong path, or of something else at that address.
    private static bool SaysNoAccount(XrpcError error) =>
        error.Failure == XrpcFailure.Refused && error.Name is not (null or "XRPCNotSupported")
        && (error.Is("RepoNotFound") || error.Status == 404 || error.Message.Contains("not find", StringComparison.OrdinalIgnoreCase));

    private static Uri Origin(Uri uri) => new(uri.GetLeftPart(UriPartial.Authority));
}
