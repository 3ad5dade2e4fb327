using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Notifications;

/// <summary>
/// Calls the success address of a plan (GET) when a round is complete. A dead man's switch at the other end raises the alarm when no call
/// comes: that is the only alarm that also works when this machine is gone.
/// </summary>
internal sealed class SuccessUrlCaller(IHttpClientFactory clients, SealedSecrets secrets, TimeProvider time) : IOutboxChannel
{
    public string Name => OutboxChannel.SuccessUrl;

    /// <summary>About two hours: after that the next round is the better news.</summary>
    public int Tries => 8;

    public async Task<string?> SendAsync(OutboxMessage message, CancellationToken ct)
    {
        if (await secrets.ReadAsync(SecretKey.SuccessUrl(message.Subject), ct) is not { } url)
            return null; // Taken away meanwhile: nobody waits for it.
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        return await GuardedCall.SendAsync(clients, request, time, ct);
    }
}
