namespace Migrator.Jobs.Storage;

/// <summary>Whether notifications are written at all: without anybody to send them to they would only pile up.</summary>
public sealed record OutboxPolicy(bool IsOn);
