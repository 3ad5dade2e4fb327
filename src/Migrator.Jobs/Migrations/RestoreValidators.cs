using System.Text.Json;
using FluentValidation;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Jobs.Migrations;

public sealed class AddFilesValidator : AbstractValidator<AddFiles>
{
    public AddFilesValidator() => RuleFor(command => command.Path).Cascade(CascadeMode.Stop)
        .NotEmpty().WithMessage("Enter the full path of the file or folder.")
        .MaximumLength(4096).WithMessage("This is too long for a path.")
        .Must(path => Path.IsPathFullyQualified(path!.Trim())).WithMessage("Enter the full path, beginning with a slash.");
}

/// <summary>A bucket that this instance need not know. What its store says of it comes from the store.</summary>
public sealed class BucketInputValidator : AbstractValidator<VaultInput>
{
    public BucketInputValidator()
    {
        RuleFor(input => input.Endpoint).Must(text => Uri.TryCreate(text?.Trim(), UriKind.Absolute, out var address)
                && address.Scheme is "https" or "http" && address is { AbsolutePath: "/", UserInfo: "", Query: "", Fragment: "" })
            .WithMessage("Enter the store’s address without a path, such as https://s3.eu-central-1.amazonaws.com.");
        RuleFor(input => input.Bucket).NotEmpty().WithMessage("Enter the name of the bucket.");
        RuleFor(input => input.AccessKey).NotEmpty().WithMessage("Enter the access key.").MaximumLength(256)
            .WithMessage("This is too long for an access key.");
        RuleFor(input => input.SecretKey).NotEmpty().WithMessage("Enter the secret key.").MaximumLength(256)
            .WithMessage("This is too long for a secret key.");
    }
}

public sealed class GiveRotationKeyValidator : AbstractValidator<GiveRotationKey>
{
    public GiveRotationKeyValidator()
    {
        RuleFor(command => command.PrivateKey).Cascade(CascadeMode.Stop)
            .NotEmpty().When(command => string.IsNullOrWhiteSpace(command.DidKey))
                .WithMessage("Paste the private rotation key, or give its did:key and sign with your own tool.")
            .MaximumLength(256).WithMessage("This is too long for a private key.")
            .Must(IsKey).When(command => !string.IsNullOrWhiteSpace(command.PrivateKey), ApplyConditionTo.CurrentValidator)
            .WithMessage("This is not a private key: it is 64 hex digits, or begins with z.");
        RuleFor(command => command.DidKey).Must(text => PublicKey.TryParseDidKey(text?.Trim(), out _))
            .When(command => !string.IsNullOrWhiteSpace(command.DidKey))
            .WithMessage("This is not the did:key of a K-256 or P-256 key. It begins with did:key:zQ3s or did:key:zDna.");
    }

    private static bool IsKey(string? text)
    {
        if (!PrivateKey.TryParse(text?.Trim(), out var key))
            return false;
        key.Dispose();
        return true;
    }
}

public sealed class ChooseKeysValidator : AbstractValidator<ChooseKeys>
{
    public ChooseKeysValidator() => RuleForEach(command => command.DropKeys).Must(key => PublicKey.TryParseDidKey(key, out _))
        .WithMessage("This is not the did:key of a rotation key.");
}

public sealed class DecideLogValidator : AbstractValidator<DecideLog>
{
    public DecideLogValidator() => RuleFor(command => command.ForkFrom).Must(cid => Cid.TryParse(cid, out _))
        .When(command => !string.IsNullOrEmpty(command.ForkFrom)).WithMessage("Choose one of the operations of the log.");
}

public sealed class GiveRestoreGoValidator : AbstractValidator<GiveRestoreGo>
{
    public GiveRestoreGoValidator() => RuleFor(command => command.TypedHandle)
        .NotEmpty().WithMessage("Type your handle (or DID), so that it is certain which account is meant.");
}

public sealed class GiveOperationValidator : AbstractValidator<GiveOperation>
{
    private const int MostCharacters = 20_000;

    public GiveOperationValidator() => RuleFor(command => command.Operation).Cascade(CascadeMode.Stop)
        .NotEmpty().WithMessage("Paste the signed operation.")
        .MaximumLength(MostCharacters).WithMessage("This is too long for an operation.")
        .Must(text => TryRead(text, out _)).WithMessage("This is not JSON. The signed operation begins with { and has a field \"sig\".");

    public static bool TryRead(string? text, out JsonElement operation)
    {
        operation = default;
        try
        {
            using var json = JsonDocument.Parse(text ?? "", new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return false;
            operation = json.RootElement.Clone();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
