using System.Text;
using Microsoft.AspNetCore.Mvc;
using Migrator.Core.Age;

namespace Migrator.Web.Features.Backups;

/// <summary>
/// The key that was just made, as the file that <c>age</c> takes. It comes from the page that showed it and goes straight back: nothing
/// of it is kept here.
/// </summary>
internal static class KeyKitFile
{
    public static void MapKeyKitFile(this IEndpointRouteBuilder routes) => routes
        .MapPost("/backups/keys/kit", (HttpContext http, [FromForm(Name = "PrivateKey")] string? privateKey, [FromForm(Name = "Name")] string? name, TimeProvider time) =>
        {
            if (!AgeIdentity.TryParse(privateKey, out var identity))
                return Results.BadRequest();
            using (identity)
            {
                var text = new StringBuilder()
                    .AppendLine("# Key of Migrator backups. Whoever has this file can open them; without it nobody can.")
                    .Append("# ").AppendLine(OneLine(name))
                    .Append("# made: ").AppendLine(time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture))
                    .Append("# public key: ").AppendLine(identity.Recipient.ToString())
                    .AppendLine("# Open a file: age -d -i THIS-FILE backup.age > content")
                    .AppendLine(privateKey!.Trim());
                return Results.File(Encoding.UTF8.GetBytes(text.ToString()), "text/plain; charset=utf-8", "migrator-backup-key.txt");
            }
        }).ExcludeFromDescription();

    private static string OneLine(string? text) => new([.. (text ?? "").Where(letter => !char.IsControl(letter)).Take(100)]);
}
