using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>The account behind a session, as the server sees it now. See <see cref="OpenedSession"/> for the fields.</summary>
public sealed record SessionInfo(Did Did, Handle? Handle, string? Email, bool EmailConfirmed, bool Active, string? Status)
{
    internal static SessionInfo Read(ReplyReader reply) => new(
        reply.Did("did"),
        reply.OptionalHandle("handle"),
        reply.OptionalString("email"),
        reply.Bool("emailConfirmed"),
        reply.Bool("active", whenAbsent: true),
        reply.OptionalString("status"));
}
