namespace Migrator.Jobs.Storage;

/// <summary>
/// Migrator must not start as things are: a second instance, a newer schema, a missing or wrong master key. Waiting would not help;
/// the message says what to do and is shown to the operator as it is.
/// </summary>
public sealed class StartRefusedException(string message, Exception? inner = null) : Exception(message, inner);
