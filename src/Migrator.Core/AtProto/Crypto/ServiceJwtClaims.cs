using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Crypto;

/// <summary>What a service token says.</summary>
/// <param name="Issuer">The account that asks.</param>
/// <param name="Audience">The service that is asked: its bare DID.</param>
/// <param name="Method">The one method it is good for; null when it names none.</param>
/// <param name="Expires">Servers refuse it from this second on, without any leeway.</param>
public sealed record ServiceJwtClaims(Did Issuer, string Audience, string? Method, DateTimeOffset Expires);
