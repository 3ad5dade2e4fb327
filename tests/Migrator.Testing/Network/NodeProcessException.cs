namespace Migrator.Testing.Network;

/// <summary>A script of <c>tests/network</c> did not do what it was started for.</summary>
public sealed class NodeProcessException(string message) : Exception(message);
