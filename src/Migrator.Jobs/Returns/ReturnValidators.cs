using FluentValidation;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Jobs.Returns;

public sealed class BeginReturnValidator : AbstractValidator<BeginReturn>
{
    private const int MostPaths = 1000;

    public BeginReturnValidator()
    {
        RuleFor(command => command.Paths).Cascade(CascadeMode.Stop)
            .Must((command, paths) => command.All || command.LostFiles || paths is { Count: > 0 })
            .WithMessage("Choose what is to come back: kinds of records, single records, or lost files.")
            .Must(paths => paths is null or { Count: <= MostPaths })
                .WithMessage($"Name at most {MostPaths} kinds and records; or choose whole kinds.");
        RuleForEach(command => command.Paths).Must(IsPath)
            .WithMessage((_, path) =>
                $"“{Shorten(path)}” is neither a kind, such as app.bsky.feed.post, nor a record, such as app.bsky.feed.post/3kabc.");
    }

    /// <summary>A kind of records, or a record's path; also as a whole AT URI.</summary>
    public static bool TryRead(string? text, out string path)
    {
        path = text?.Trim() ?? "";
        if (AtUri.TryParse(path, out _) && path.Split('/', 4) is [_, _, _, var rest])
            path = rest;
        return IsPath(path);
    }

    private static bool IsPath(string? text) => text?.Split('/') switch
    {
        [var kind] => Nsid.TryParse(kind, out _),
        [var kind, var key] => Nsid.TryParse(kind, out _) && RecordKey.TryParse(key, out _),
        _ => false,
    };

    private static string Shorten(string? text) => text is { Length: > 60 } ? text[..60] + "…" : text ?? "";
}
