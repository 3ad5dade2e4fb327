namespace Migrator.Core.AtProto.Plc;

/// <summary>A service that an identity names, such as its PDS or a labeler.</summary>
/// <param name="Type">For a PDS: <c>AtprotoPersonalDataServer</c>.</param>
/// <param name="Endpoint">Its address, as written; for a PDS an origin without a path.</param>
public sealed record PlcService(string Type, string Endpoint);
