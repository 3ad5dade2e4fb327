using System.Text.Json;
using Migrator.Jobs.Migrations;
using Migrator.Web.Features.Doctor;
using Migrator.Web.Security;

namespace Migrator.Web.Features.Move;

/// <summary>The parity report as a file to keep, plain and signed.</summary>
public static class ReportDownload
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void MapReportDownload(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/move/{id}/report.json", async (HttpContext http, string id, IMigrationService migrations, CancellationToken ct) =>
        {
            var report = (await migrations.GetReportAsync(http.User.Name(), id, ct)).Value;
            return report is null
                ? Results.NotFound()
                : Results.File(JsonSerializer.SerializeToUtf8Bytes(report.Json, Indented), "application/json", $"parity-report-{id}.json");
        })
        .ExcludeFromDescription();

        routes.MapGet("/move/{id}/report.jws", async (HttpContext http, string id, IMigrationService migrations, SignedReport signed, CancellationToken ct) =>
        {
            var report = (await migrations.GetReportAsync(http.User.Name(), id, ct)).Value;
            return report is null
                ? Results.NotFound()
                : Results.File(signed.Write(report), SignedReport.MediaType, $"parity-report-{id}.jws");
        })
        .ExcludeFromDescription();
    }
}
