using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Migrations;

/// <summary>What to sign in with: the DID, which never changes, unless the server would not recognize it.</summary>
public static class SignInName
{
    /// <summary>
    /// Servers make what is signed in with lower case; a did:web with a port has <c>%3A</c> in it and would be found no more. Then the
    /// handle at that server serves.
    /// </summary>
    public static string Of(Did did, Handle? handleThere) =>
        did.ToString().Contains('%') && handleThere is { } handle ? handle.ToString() : did.ToString();
}
