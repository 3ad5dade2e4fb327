using Migrator.Core.AtProto.Net;

namespace Migrator.Jobs.Notifications;

/// <summary>One call to an address that a person named, through the guarded client; the answer's body is not read.</summary>
internal static class GuardedCall
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Null: it answered with success. Else why not, without anything of the answer and without the address.</summary>
    public static async Task<string?> SendAsync(
        IHttpClientFactory clients, HttpRequestMessage request, TimeProvider time, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            using var client = clients.CreateClient(GuardedHttp.ClientName);
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return answer.IsSuccessStatusCode ? null : $"The receiver answered {(int)answer.StatusCode}.";
        }
        catch (Exception problem) when (problem is BlockedAddressException || problem.InnerException is BlockedAddressException)
        {
            return "The receiver's address is one that Migrator does not call (Migrator:Network:AllowPrivate).";
        }
        catch (HttpRequestException problem)
        {
            return $"The receiver was not reached ({problem.HttpRequestError}).";
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return $"The receiver did not answer within {Patience.TotalSeconds} s.";
        }
    }
}
