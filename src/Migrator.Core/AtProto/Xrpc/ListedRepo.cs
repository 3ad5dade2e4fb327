using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>An account as a server lists it.</summary>
/// <param name="Active">The server shows it to the world; a server that does not say means yes.</param>
/// <param name="Status">If not, why: <c>deactivated</c>, <c>takendown</c>, …</param>
public sealed record ListedRepo(Did Did, bool Active, string? Status);
