using System.Net.Mail;
using FluentValidation;
using Migrator.Core.Age;
using Migrator.Core.Backups;
using Migrator.Jobs.Engine;
using Migrator.Jobs.Migrations;

namespace Migrator.Jobs.Backups;

// What can be said about a command without asking any server or vault. Messages stand at the field that they name.

public sealed class AddVaultValidator : AbstractValidator<AddVault>
{
    public AddVaultValidator()
    {
        RuleFor(command => command.Name).NotEmpty().WithMessage("Give the vault a name.").MaximumLength(100)
            .WithMessage("Take at most 100 characters.");
        RuleFor(command => command.Kind).Must(kind => kind is "file" or "s3").WithMessage("Choose where to store: a folder or an S3 "
            + "bucket.");
        RuleFor(command => command.Folder).Cascade(CascadeMode.Stop).NotEmpty().WithMessage("Enter the folder, such as /srv/backups.")
            .MaximumLength(1000).WithMessage("This is too long for a folder's path.")
            .Must(folder => Path.IsPathFullyQualified(folder!)).WithMessage("Enter the whole path, beginning with a slash.")
            .When(command => command.Kind == "file");
        When(command => command.Kind == "s3", () =>
        {
            RuleFor(command => command.Endpoint).Cascade(CascadeMode.Stop).NotEmpty().WithMessage("Enter the address of the store, such "
                + "as https://s3.example.com.")
                .Must(text => ServerAddress.TryRead(text, out _)).WithMessage("This is not an address. It looks like "
                    + "https://s3.example.com, with nothing after the name.");
            RuleFor(command => command.Bucket).NotEmpty().WithMessage("Enter the bucket's name.");
            RuleFor(command => command.AccessKey).NotEmpty().WithMessage("Enter the access key.").MaximumLength(256)
                .WithMessage("This is too long for an access key.");
            RuleFor(command => command.SecretKey).NotEmpty().WithMessage("Enter the secret key.").MaximumLength(1024)
                .WithMessage("This is too long for a secret key.");
        });
    }
}

public sealed class ChangeVaultValidator : AbstractValidator<ChangeVault>
{
    public ChangeVaultValidator()
    {
        RuleFor(command => command.Name).NotEmpty().WithMessage("Give the vault a name.").MaximumLength(100)
            .WithMessage("Take at most 100 characters.");
        RuleFor(command => command.SecretKey).NotEmpty().When(command => !string.IsNullOrEmpty(command.AccessKey))
            .WithMessage("Enter the secret key of the new access key.");
        RuleFor(command => command.AccessKey).NotEmpty().When(command => !string.IsNullOrEmpty(command.SecretKey))
            .WithMessage("Enter the access key of the new secret key.");
    }
}

public sealed class MakeBackupKeyValidator : AbstractValidator<MakeBackupKey>
{
    public MakeBackupKeyValidator() => RuleFor(command => command.Name).NotEmpty().WithMessage("Give the key a name, such as \"paper in "
        + "the drawer\".")
        .MaximumLength(100).WithMessage("Take at most 100 characters.");
}

public sealed class BringBackupKeyValidator : AbstractValidator<BringBackupKey>
{
    public BringBackupKeyValidator()
    {
        RuleFor(command => command.Name).NotEmpty().WithMessage("Give the key a name.").MaximumLength(100)
            .WithMessage("Take at most 100 characters.");
        RuleFor(command => command.Recipient).Cascade(CascadeMode.Stop).NotEmpty().WithMessage("Paste the public key. It begins with age1.")
            .Must(text => !text!.Contains("SECRET-KEY", StringComparison.OrdinalIgnoreCase))
            .WithMessage("This is a private key. Only the public half is needed here: it begins with age1.")
            .Must(text => AgeRecipient.TryParse(text, out _))
            .WithMessage("This is not an age public key. It begins with age1 and has 62 characters; SSH keys, plugins and passphrases "
                + "are not taken.");
    }
}

public sealed class ProveBackupKeyValidator : AbstractValidator<ProveBackupKey>
{
    public ProveBackupKeyValidator() =>
        RuleFor(command => command.PrivateKey).NotEmpty().When(command => string.IsNullOrWhiteSpace(command.Code))
        .WithMessage("Paste the private key from your kit, or the code from the sealed challenge.")
        .MaximumLength(4096).WithMessage("This is too long for a private key.");
}

public sealed class SignInForBackupValidator : AbstractValidator<SignInForBackup>
{
    public SignInForBackupValidator()
    {
        RuleFor(command => command.Password).NotEmpty().WithMessage("Enter an app password.").MaximumLength(512)
            .WithMessage("This is too long for a password.");
        RuleFor(command => command.Code).MaximumLength(64).WithMessage("This is too long for a sign-in code.");
    }
}

public sealed class ScheduleValidator : AbstractValidator<ScheduleInput>
{
    public ScheduleValidator()
    {
        RuleFor(schedule => schedule).Must(schedule => (schedule.EveryHours is null) != string.IsNullOrWhiteSpace(schedule.Cron))
            .OverridePropertyName(nameof(ScheduleInput.EveryHours)).WithMessage("Choose either every so many hours, or the times of a "
                + "cron line.");
        RuleFor(schedule => schedule.EveryHours).InclusiveBetween(1, 720).WithMessage("Every 1 to 720 hours.");
        RuleFor(schedule => schedule.Cron).Must(line => CronTimes.IsCron(line?.Trim()))
            .When(schedule => !string.IsNullOrWhiteSpace(schedule.Cron))
            .WithMessage("This is not a cron line. It has five fields (minute, hour, day of the month, month, day of the week), such as "
                + "\"30 3 * * *\".");
        RuleFor(schedule => schedule.TimeZone).Must(IsZone).When(schedule => !string.IsNullOrWhiteSpace(schedule.TimeZone))
            .WithMessage("This is not the IANA name of a time zone, such as Europe/Berlin.");
        RuleFor(schedule => schedule.JitterMinutes).InclusiveBetween(0, 720).WithMessage("Spread over 0 to 720 minutes.");
    }

    private static bool IsZone(string? name) => TimeZoneInfo.TryFindSystemTimeZoneById(name!.Trim(), out var zone) && zone.HasIanaId;
}

public sealed class RetentionValidator : AbstractValidator<RetentionInput>
{
    public RetentionValidator()
    {
        const string message = "Keep 0 to 10,000.";
        RuleFor(rules => rules.Last).InclusiveBetween(0, RetentionRules.Most).WithMessage(message);
        RuleFor(rules => rules.Hourly).InclusiveBetween(0, RetentionRules.Most).WithMessage(message);
        RuleFor(rules => rules.Daily).InclusiveBetween(0, RetentionRules.Most).WithMessage(message);
        RuleFor(rules => rules.Weekly).InclusiveBetween(0, RetentionRules.Most).WithMessage(message);
        RuleFor(rules => rules.Monthly).InclusiveBetween(0, RetentionRules.Most).WithMessage(message);
        RuleFor(rules => rules.Yearly).InclusiveBetween(0, RetentionRules.Most).WithMessage(message);
    }
}

public sealed class SavePlanValidator : AbstractValidator<SavePlan>
{
    public const int MostAccounts = 1000;
    private const int MostParts = 8;

    public SavePlanValidator()
    {
        RuleFor(plan => plan.Name).NotEmpty().WithMessage("Give the plan a name.").MaximumLength(100).WithMessage("Take at most 100 "
            + "characters.");
        RuleFor(plan => plan.Covers).Must(covers => covers is "accounts" or "server").WithMessage("Choose what to back up: named "
            + "accounts or a whole server.");
        RuleFor(plan => plan.Accounts).Cascade(CascadeMode.Stop).NotEmpty().WithMessage("Enter at least one handle or DID.")
            .Must(accounts => accounts!.Count <= MostAccounts).WithMessage($"At most {MostAccounts} accounts can be named one by one.")
            .Must(accounts => accounts!.All(account => AccountName.TryRead(account, out _)))
            .WithMessage("One of these is neither a handle (such as alice.example.com) nor a DID (such as did:plc:…).")
            .When(plan => plan.Covers == "accounts");
        RuleFor(plan => plan.Server).Must(text => ServerAddress.TryRead(text, out _)).When(plan => plan.Covers == "server")
            .WithMessage("This is not a server's address. It looks like https://pds.example.com, with nothing after the name.");
        RuleFor(plan => plan.Vaults).Must(vaults => vaults is { Count: >= 1 and <= MostParts }).WithMessage($"Choose 1 to {MostParts} "
            + "vaults.");
        RuleFor(plan => plan.Keys).Must(keys => keys is { Count: >= 1 and <= MostParts }).WithMessage($"Choose 1 to {MostParts} keys to "
            + "seal to.");
        RuleFor(plan => plan.Schedule).NotNull().WithMessage("Choose when to back up.").SetValidator(new ScheduleValidator()!);
        RuleFor(plan => plan.Retention).SetValidator(new RetentionValidator()!);
        RuleFor(plan => plan.VerifyEveryDays).InclusiveBetween(1, 365).WithMessage("Within 1 to 365 days.");
        RuleFor(plan => plan.GraceMinutes).InclusiveBetween(5, 10_080).WithMessage("5 to 10,080 minutes.");
        RuleFor(plan => plan.NotifyEmail).Must(text => text!.Length <= 254 && MailAddress.TryCreate(text.Trim(), out _))
            .When(plan => !string.IsNullOrWhiteSpace(plan.NotifyEmail)).WithMessage("This is not an e-mail address.");
        RuleFor(plan => plan.SuccessUrl).Must(IsSuccessUrl).When(plan => !string.IsNullOrWhiteSpace(plan.SuccessUrl))
            .WithMessage("This is not a web address. It looks like https://hc.example.com/ping/…");
    }

    private static bool IsSuccessUrl(string? text) => text!.Length <= 2000 && Uri.TryCreate(text.Trim(), UriKind.Absolute, out var url)
        && url.Scheme is "https" or "http" && url.UserInfo.Length == 0;
}
