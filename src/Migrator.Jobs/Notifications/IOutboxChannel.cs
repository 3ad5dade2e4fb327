using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Notifications;

/// <summary>A way in which messages leave the house.</summary>
internal interface IOutboxChannel
{
    /// <summary>As in <see cref="OutboxChannel"/>.</summary>
    string Name { get; }

    /// <summary>How often a message is tried before it is given up.</summary>
    int Tries { get; }

    /// <summary>Null: delivered. Else why not, in a few words, without anything of the receiver's answer.</summary>
    Task<string?> SendAsync(OutboxMessage message, CancellationToken ct);
}
