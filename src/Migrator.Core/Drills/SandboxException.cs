namespace Migrator.Core.Drills;

/// <summary>The sandbox did not start or broke off. Says nothing about the snapshot; the message is one for people.</summary>
public sealed class SandboxException(string message, Exception? inner = null) : Exception(message, inner);
