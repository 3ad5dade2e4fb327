using FluentValidation;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Jobs.Migrations;

// What can be said about a command without asking any server. Messages stand at the field that they name.

public sealed class CreateMigrationValidator : AbstractValidator<CreateMigration>
{
    public CreateMigrationValidator() => RuleFor(command => command.Account).Cascade(CascadeMode.Stop)
        .NotEmpty().WithMessage("Enter your handle, such as alice.example.com, or your DID.")
        .MaximumLength(2048).WithMessage("This is too long for a handle or a DID.")
        .Must(text => AccountName.TryRead(text, out _))
            .WithMessage("This is neither a handle (such as alice.example.com) nor a DID (such as did:plc:…).");
}

/// <summary>What people type for an account: with or without @, with stray spaces.</summary>
public static class AccountName
{
    public static bool TryRead(string? typed, out string account)
    {
        account = (typed ?? "").Trim().TrimStart('@').TrimEnd('.');
        if (Did.TryParse(account, out var did))
        {
            account = did.ToString();
            return true;
        }

        if (Handle.TryParse(account, out var handle))
        {
            account = handle.ToString();
            return true;
        }

        return false;
    }
}

public sealed class ChooseTargetValidator : AbstractValidator<ChooseTarget>
{
    public ChooseTargetValidator() => RuleFor(command => command.Pds).Cascade(CascadeMode.Stop)
        .NotEmpty().WithMessage("Enter the address of the new server, such as https://pds.example.com.")
        .MaximumLength(300).WithMessage("This is too long for a server's address.")
        .Must(text => ServerAddress.TryRead(text, out _))
            .WithMessage("This is not a server's address. It looks like https://pds.example.com, with nothing after the name.");
}

public sealed class SignInValidator : AbstractValidator<SignIn>
{
    public SignInValidator()
    {
        RuleFor(command => command.Password).NotEmpty().WithMessage("Enter the password.").MaximumLength(512)
            .WithMessage("This is too long for a password.");
        RuleFor(command => command.Code).MaximumLength(64).WithMessage("This is too long for a sign-in code.");
    }
}

public sealed class ChooseAccountValidator : AbstractValidator<ChooseAccount>
{
    public ChooseAccountValidator()
    {
        RuleFor(command => command.Handle).Cascade(CascadeMode.Stop)
            .NotEmpty().WithMessage("Enter the handle that you want on the new server.")
            .Must(text => Handle.TryParse(text?.Trim().TrimStart('@'), out _))
                .WithMessage("This is not a handle. It looks like alice.example.com.");
        RuleFor(command => command.Email).Cascade(CascadeMode.Stop)
            .NotEmpty().WithMessage("Enter an e-mail address: the new server sends codes to it.")
            .MaximumLength(254).WithMessage("This is too long for an e-mail address.")
            .EmailAddress().WithMessage("This is not an e-mail address.");
        RuleFor(command => command.Password).Cascade(CascadeMode.Stop)
            .NotEmpty().WithMessage("Choose a password for the new server. Take a new one, not the old server's.")
            .MinimumLength(8).WithMessage("Take at least 8 characters.")
            .MaximumLength(256).WithMessage("Servers take at most 256 characters.");
        RuleFor(command => command.InviteCode).MaximumLength(128).WithMessage("This is too long for an invite code.");
    }
}

public sealed class BringRecoveryKeyValidator : AbstractValidator<BringRecoveryKey>
{
    public BringRecoveryKeyValidator() => RuleFor(command => command.DidKey).Cascade(CascadeMode.Stop)
        .NotEmpty().WithMessage("Enter the did:key of your rotation key, or let Migrator make a key.")
        .Must(text => !PrivateKey.TryParse(text?.Trim(), out var secret) || Drop(secret))
        .WithMessage("This is a private key. Only the public half is needed here: it begins with did:key:z.")
        .Must(text => PublicKey.TryParseDidKey(text?.Trim(), out _))
        .WithMessage("This is not the did:key of a K-256 or P-256 key. It begins with did:key:zQ3s or did:key:zDna.");

    private static bool Drop(PrivateKey secret)
    {
        secret.Dispose();
        return false;
    }
}

public sealed class ProveRecoveryKeyValidator : AbstractValidator<ProveRecoveryKey>
{
    public ProveRecoveryKeyValidator() =>
        RuleFor(command => command.PrivateKey).NotEmpty().WithMessage("Paste the private key from your recovery kit.")
        .MaximumLength(256).WithMessage("This is too long for a private key.");
}

public sealed class GiveGoValidator : AbstractValidator<GiveGo>
{
    public GiveGoValidator()
    {
        RuleFor(command => command.TypedHandle).NotEmpty().WithMessage("Type your handle, so that it is certain which account is meant.");
        RuleFor(command => command.SignWith).Must(way => way is "code" or "key")
            .WithMessage("Choose how the change is signed: with a mailed code, or with your own key.");
        RuleFor(command => command.RotationKey).NotEmpty().When(command => command.SignWith == "key")
            .WithMessage("Paste the private rotation key that is to sign.");
    }
}

public sealed class GiveCodeValidator : AbstractValidator<GiveCode>
{
    public GiveCodeValidator() => RuleFor(command => command.Code).Cascade(CascadeMode.Stop)
        .NotEmpty().WithMessage("Enter the code from the mail.")
        .MaximumLength(64).WithMessage("This is too long for a code. It looks like ABCDE-FGHIJ.");
}

public sealed class TakeWayBackValidator : AbstractValidator<TakeWayBack>
{
    public TakeWayBackValidator()
    {
        RuleFor(command => command.TypedHandle).NotEmpty().WithMessage("Type your handle, so that it is certain which account is meant.");
        RuleFor(command => command.RotationKey).NotEmpty().WithMessage("Paste your private recovery key: it signs the way back.");
        RuleFor(command => command.SourcePassword).NotEmpty()
            .WithMessage("Enter the password of the old account: it has to be switched on again.");
    }
}

public sealed class AcceptMissingBlobsValidator : AbstractValidator<AcceptMissingBlobs>
{
    public AcceptMissingBlobsValidator() => RuleFor(command => command.Cids).Cascade(CascadeMode.Stop)
        .NotEmpty().WithMessage("Name the files that you agree to go on without.")
        .Must(cids => cids!.All(cid => Cid.TryParse(cid, out _))).WithMessage("One of these is not a CID.");
}
