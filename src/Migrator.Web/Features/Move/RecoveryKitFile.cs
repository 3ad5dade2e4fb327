using System.Net;
using System.Text;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Mvc;
using Migrator.Jobs.Migrations;
using Migrator.Web.Security;

namespace Migrator.Web.Features.Move;

/// <summary>
/// The recovery kit as a file. The page that shows the kit sends it here and gets it back as a download: the private key is in the
/// body of a POST both ways, never in an address, and is not kept.
/// </summary>
public static class RecoveryKitFile
{
    public static void MapRecoveryKitFile(this IEndpointRouteBuilder routes) => routes
        .MapPost("/move/{id}/recovery-key/kit", WriteAsync)
        .WithMetadata(new RequireAntiforgeryTokenAttribute())
        .ExcludeFromDescription();

    private static async Task<IResult> WriteAsync(
        HttpContext http, string id, IMigrationService migrations, [FromForm] string? didKey, [FromForm] string? hex, [FromForm] string? multibase,
        [FromForm] DateTimeOffset? madeAt, [FromForm] string? format, CancellationToken ct)
    {
        if ((await migrations.GetAsync(http.User.Name(), id, ct)).Value is not { } view)
            return Results.NotFound();
        if (!IsPlain(didKey) || !IsPlain(hex) || !IsPlain(multibase) || madeAt is null)
            return Results.BadRequest();
        var kit = new RecoveryKit(view.Did, view.Handle, didKey!, hex!, multibase!, madeAt.Value);
        var name = $"recovery-kit-{view.Handle ?? view.Did.Replace(':', '-')}";
        return format == "html"
            ? Results.File(Encoding.UTF8.GetBytes(AsPage(kit, view)), "text/html; charset=utf-8", name + ".html")
            : Results.File(Encoding.UTF8.GetBytes(AsText(kit, view)), "text/plain; charset=utf-8", name + ".txt");
    }

    /// <summary>Keys are letters, digits and colons; anything else did not come from the kit page.</summary>
    private static bool IsPlain(string? text) => text is { Length: > 0 and <= 200 } && text.All(c => char.IsAsciiLetterOrDigit(c) || c == ':');

    private static string AsText(RecoveryKit kit, MigrationView view)
    {
        var text = new StringBuilder("RECOVERY KIT FOR AN AT PROTOCOL ACCOUNT\n\n");
        foreach (var (name, value) in Lines(kit, view))
            text.Append(name).Append(":\n    ").Append(value).Append("\n\n");
        text.Append("Whoever has the private key can take over this account. Keep this where you keep passports.\n\n");
        foreach (var paragraph in Advice)
            text.Append(paragraph).Append("\n\n");
        return text.ToString();
    }

    private static string AsPage(RecoveryKit kit, MigrationView view)
    {
        var page = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Recovery kit</title>")
            .Append("<style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}")
            .Append("dt{font-weight:600;margin-top:1rem}dd{margin:0;font-family:monospace;overflow-wrap:anywhere}</style></head><body>")
            .Append("<h1>Recovery kit for an AT Protocol account</h1><dl>");
        foreach (var (name, value) in Lines(kit, view))
            page.Append("<dt>").Append(WebUtility.HtmlEncode(name)).Append("</dt><dd>").Append(WebUtility.HtmlEncode(value)).Append("</dd>");
        page.Append("</dl><p><strong>Whoever has the private key can take over this account. Keep this where you keep passports.</strong></p>");
        foreach (var paragraph in Advice)
            page.Append("<p>").Append(WebUtility.HtmlEncode(paragraph)).Append("</p>");
        return page.Append("<p>Where the copies of this kit are: ______________________________</p></body></html>\n").ToString();
    }

    private static IEnumerable<(string Name, string Value)> Lines(RecoveryKit kit, MigrationView view)
    {
        if (kit.Handle is not null)
            yield return ("Account", "@" + kit.Handle);
        yield return ("DID", kit.Did);
        yield return ("Server before the move", view.SourcePds.ToString());
        if (view.Target is { } target)
            yield return ("Server after the move", target.Pds.ToString());
        yield return ("Public key (did:key)", kit.DidKey);
        yield return ("Private key, secp256k1, as hex", kit.PrivateKeyHex);
        yield return ("The same private key as multibase", kit.PrivateKeyMultibase);
        yield return ("Made", kit.MadeAt.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", System.Globalization.CultureInfo.InvariantCulture));
    }

    private static readonly string[] Advice =
    [
        "What it is for: once the move is done, this key stands in the public directory as the first rotation key of the account. With it you can "
        + "point the account at another server without the help of any server: to undo the move, or when the server is gone.",
        "How to use it: Migrator asks for it where it is needed. Other tools that change did:plc identities take the private key as hex or multibase too.",
        "It is not needed for everyday use. No server and no support person ever needs it.",
    ];
}
