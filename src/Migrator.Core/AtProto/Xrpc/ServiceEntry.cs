namespace Migrator.Core.AtProto.Xrpc;

/// <summary>A service of an account as PLC operations write it: a type (<c>AtprotoPersonalDataServer</c>) and a URL.</summary>
public sealed record ServiceEntry(string Type, string Endpoint);
