namespace Migrator.Core.Accounts;

/// <summary>A person's files cannot be searched: not there, not readable, a broken archive, or beyond a limit. The message is for that person.</summary>
public sealed class FileSearchException(string message, Exception? inner = null) : Exception(message, inner);
