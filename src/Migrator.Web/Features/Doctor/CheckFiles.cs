using System.Text.Json;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Migrator.Core.Doctor;
using Migrator.Jobs.Doctor;
using Migrator.Jobs.Migrations;
using Migrator.Web.Security;

namespace Migrator.Web.Features.Doctor;

/// <summary>
/// Takes CAR files from the form of the Check page, and gives reports as files. The form's parts are read as they come: the antiforgery
/// token stands first, and nothing of the file is taken before it was found right.
/// </summary>
internal static class CheckFiles
{
    private const int MaxToken = 4096;

    public static void MapCheckFiles(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/doctor/file", TakeAsync).RequireRateLimiting(RateLimits.Attempts).ExcludeFromDescription();
        routes.MapGet("/doctor/{id}/report.json", (HttpContext http, string id, ICheckService checks) =>
            checks.Find(http.User.Name(), id)?.Report is { } report
                ? Results.File(CheckJson.Write(report), "application/json", $"check-{id}.json")
                : Results.NotFound()).ExcludeFromDescription();
    }

    /// <summary>Lets one request be as large as a CAR file may be; all others keep the server's limit.</summary>
    public static void AllowLargeBody(HttpContext http, long most)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = most + (1 << 16);
    }

    private static async Task<IResult> TakeAsync(
        HttpContext http, ICheckService checks, IAntiforgery antiforgery, IOptions<AntiforgeryOptions> antiforgeryOptions,
        IOptions<CheckServiceOptions> options, CancellationToken ct)
    {
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= 128 } boundary)
            return Results.BadRequest();
        AllowLargeBody(http, options.Value.LargestFile);
        var form = new MultipartReader(boundary, http.Request.Body);
        var token = await form.ReadNextSectionAsync(ct);
        if (token?.GetContentDispositionHeader()?.Name.Value != "__RequestVerificationToken")
            return Results.BadRequest();
        // Handed over as a header, and not as a form any more: else the check would read the whole body in search of it.
        http.Request.Headers[antiforgeryOptions.Value.HeaderName!] = await ReadTokenAsync(token.Body, ct);
        http.Request.ContentType = "application/octet-stream";
        if (!await antiforgery.IsRequestValidAsync(http))
            return Results.BadRequest();

        var file = await form.ReadNextSectionAsync(ct);
        var result = file?.AsFileSection() is { FileName.Length: > 0, FileStream: { } content } section
            ? await checks.CheckFileAsync(http.User.Name(), section.FileName, content, ct)
            : ServiceResult<CheckView>.Invalid([new FieldProblem("File", "Choose a CAR file.", FileRefusal.None)]);
        return result.Value is { } made
            ? Results.Redirect($"/doctor/{made.Id}")
            : Results.Redirect($"/doctor?file={result.Problems[0].Code ?? "busy"}#File");
    }

    private static async Task<string> ReadTokenAsync(Stream body, CancellationToken ct)
    {
        var buffer = new byte[MaxToken];
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        return System.Text.Encoding.ASCII.GetString(buffer, 0, length);
    }
}
