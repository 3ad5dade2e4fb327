using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>An account to be made for a DID that exists elsewhere.</summary>
/// <param name="Did">The DID that moves in.</param>
/// <param name="Handle">Its handle here: under one of the server's domains, or one that already leads to the DID.</param>
/// <param name="Email">Needed by the reference server.</param>
/// <param name="Password">A secret; 256 characters at most.</param>
/// <param name="InviteCode">Only if the server asks for one.</param>
public sealed record CreateAccount(Did Did, Handle Handle, string Email, string Password, string? InviteCode = null)
{
    public override string ToString() => $"account for {Did}";
}
