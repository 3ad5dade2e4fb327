using FluentValidation;
using Migrator.Core.Age;

namespace Migrator.Jobs.Drills;

public sealed class StartDrillValidator : AbstractValidator<StartDrill>
{
    public StartDrillValidator()
    {
        RuleFor(command => command.Account).NotEmpty().WithMessage("Name the account whose newest snapshot is to be restored for practice.")
            .MaximumLength(64).WithMessage("This is not the id of an account.");
        RuleFor(command => command.PrivateKey).Cascade(CascadeMode.Stop).MaximumLength(KeyText.MostLength).WithMessage(KeyText.TooLong)
            .Must(KeyText.IsKey).When(command => !string.IsNullOrWhiteSpace(command.PrivateKey)).WithMessage(KeyText.NoKey);
    }
}

public sealed class EscrowKeyValidator : AbstractValidator<EscrowKey>
{
    public EscrowKeyValidator() => RuleFor(command => command.PrivateKey).Cascade(CascadeMode.Stop)
        .NotEmpty().WithMessage("Give the private key that is to be kept. It begins with AGE-SECRET-KEY-1.")
        .MaximumLength(KeyText.MostLength).WithMessage(KeyText.TooLong).Must(KeyText.IsKey).WithMessage(KeyText.NoKey);
}

public sealed class SetDrillScheduleValidator : AbstractValidator<SetDrillSchedule>
{
    public SetDrillScheduleValidator() => RuleFor(command => command.Every).NotNull().WithMessage("Choose how often: off, weekly or monthly.")
        .IsInEnum().WithMessage("Choose how often: off, weekly or monthly.");
}

/// <summary>Private keys as people paste them.</summary>
internal static class KeyText
{
    public const int MostLength = 16_384;
    public const int MostKeys = 8;
    public const string NoKey = "This is not a private key. It begins with AGE-SECRET-KEY-1.";
    public const string TooLong = "This is too long for a private key.";

    public static bool IsKey(string? text)
    {
        var keys = Read(text);
        Dispose(keys ?? []);
        return keys is not null;
    }

    /// <summary>The keys in a text, the first <see cref="MostKeys"/>; null where it is no key. The caller disposes them.</summary>
    public static IReadOnlyList<AgeIdentity>? Read(string? text)
    {
        if (text is not { Length: <= MostLength } || !AgeIdentity.TryParseFile(text, out var found))
            return null;
        Dispose(found.Skip(MostKeys));
        return [.. found.Take(MostKeys)];
    }

    /// <summary>One key a line, as <see cref="Read"/> takes it. Secret.</summary>
    public static string Write(IEnumerable<AgeIdentity> keys) => string.Join('\n', keys.OfType<X25519Identity>().Select(key => key.RevealText()));

    public static void Dispose(IEnumerable<AgeIdentity> keys)
    {
        foreach (var key in keys)
            key.Dispose();
    }
}
