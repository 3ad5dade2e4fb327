using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Api;

public sealed class OpenApiTests
{
    [Fact]
    public async Task The_document_describes_every_route_of_the_api()
    {
        await using var program = await TestProgram.StartAsync();
        using var api = MigrationApiTests.Api(program);
        var document = JsonDocument.Parse(await api.GetAsync("/openapi/v1.json")).RootElement;
        Assert.StartsWith("3.1", document.GetProperty("openapi").GetString());

        var served = program.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
                .Select(method => $"{method} {endpoint.RoutePattern.RawText!.TrimEnd('/')}"));
        var described = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name.TrimEnd('/')}"));
        Assert.Equal(served.Order(), described.Order());
        foreach (var operation in document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()))
        {
            Assert.NotEmpty(operation.Value.GetProperty("summary").GetString()!);
            Assert.NotEmpty(operation.Value.GetProperty("description").GetString()!);
        }
    }

    [Fact]
    public async Task The_document_names_the_shapes_and_how_to_sign_in()
    {
        await using var program = await TestProgram.StartAsync();
        using var api = MigrationApiTests.Api(program);
        var components = JsonDocument.Parse(await api.GetAsync("/openapi/v1.json")).RootElement.GetProperty("components");
        Assert.Equal("bearer", components.GetProperty("securitySchemes").GetProperty("apiToken").GetProperty("scheme").GetString());
        var view = components.GetProperty("schemas").GetProperty("MigrationView").GetProperty("properties");
        Assert.True(view.TryGetProperty("hold", out _));
        Assert.Contains("readyForCutover", components.GetProperty("schemas").GetProperty("MigrationState").GetProperty("enum").EnumerateArray().Select(value => value.GetString()));
    }
}
