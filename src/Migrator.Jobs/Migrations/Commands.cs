namespace Migrator.Jobs.Migrations;

// What a person can ask for. Pages and API bind these same records, and the same validators check them (Validators.cs).
// Records with a secret in them do not print it.

public sealed record CreateMigration(string? Account);

public sealed record ChooseTarget(string? Pds);

public sealed record SignIn(string? Password, string? Code)
{
    public override string ToString() => nameof(SignIn);
}

public sealed record ChooseAccount(string? Handle, string? Email, string? Password, string? InviteCode)
{
    public override string ToString() => nameof(ChooseAccount);
}

/// <param name="DidKey">The public half of a rotation key that the person holds.</param>
public sealed record BringRecoveryKey(string? DidKey);

/// <param name="PrivateKey">Typed or pasted back from the kit, as 64 hex digits or multibase; compared and dropped.</param>
public sealed record ProveRecoveryKey(string? PrivateKey)
{
    public override string ToString() => nameof(ProveRecoveryKey);
}

public sealed record AcceptMissingBlobs(IReadOnlyList<string>? Cids);

/// <param name="TypedHandle">The handle (or DID) typed out by hand: the person means this account.</param>
/// <param name="SignWith"><c>code</c> or <c>key</c>.</param>
/// <param name="RotationKey">With <c>key</c>: the private half of a rotation key that stands in the identity now.</param>
public sealed record GiveGo(string? TypedHandle, string? SignWith, string? RotationKey)
{
    public override string ToString() => nameof(GiveGo);
}

public sealed record GiveCode(string? Code)
{
    public override string ToString() => nameof(GiveCode);
}

/// <param name="RotationKey">The private half of the recovery key.</param>
/// <param name="SourcePassword">Of the old account, to activate it again.</param>
/// <param name="TargetPassword">Of the new account, to deactivate it; may be left out.</param>
public sealed record TakeWayBack(
    string? TypedHandle, string? RotationKey, string? SourcePassword, string? SourceCode, string? TargetPassword)
{
    public override string ToString() => nameof(TakeWayBack);
}
