using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Migrator.Web.Features.Doctor;

namespace Migrator.Web.Api;

/// <summary>The HTTP API: everything that the pages can do, for programs.</summary>
public static class ApiServices
{
    public static IServiceCollection AddApi(this IServiceCollection services)
    {
        services.AddSingleton<IdempotencyKeys>();
        services.AddSingleton<ProgressStream>();
        services.AddSingleton<SignedReport>();
        services.ConfigureHttpJsonOptions(json =>
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false)));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = false);
        return services.AddOpenApi("v1", document => document.AddDocumentTransformer(Describe));
    }

    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi("/openapi/{documentName}.json");
        var api = routes.MapGroup("/api/v1").AddEndpointFilter<ApiAntiforgery>();
        api.MapAntiforgeryToken();
        api.MapMigrations();
        api.MapChecks();
        api.MapBackups();
        api.MapDrills();
    }

    private static Task Describe(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        document.Info.Title = "Migrator";
        document.Info.Version = "v1";
        document.Info.Description = "Moves an AT Protocol account from one server (PDS) to another and proves that nothing was lost.\n\n"
            + "Send the API token, which lies in the file `api-token` in the data folder, as `Authorization: Bearer …`. "
            + "Errors are `application/problem+json` with a `code` for programs and, for what was typed wrong, `errors` by field.";
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes["apiToken"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("apiToken", document)] = [] }];
        return Task.CompletedTask;
    }
}
