namespace Migrator.Core.AtProto.Xrpc;

/// <summary>The value of a call that answers with an empty body.</summary>
public readonly struct Nothing;
