using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.HostFiltering;
using Migrator.Jobs.Storage;
using Migrator.Web.Hosting;

namespace Migrator.Web.Security;

/// <summary>The door: who may come in. Everything is closed unless it says otherwise.</summary>
public static class DoorServices
{
    public static IServiceCollection AddDoor(this IServiceCollection services, WebOptions options)
    {
        services.AddSingleton<EntryLinks>();
        services.AddSingleton<SessionCookie>();
        services.AddSingleton<ApiToken>();

        services.AddAuthentication(DoorAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, DoorAuthentication>(DoorAuthentication.SchemeName, null);
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());

        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.HeaderName = "X-Antiforgery-Token";
            antiforgery.Cookie.Name = $"migrator-form-{options.PublicUrl.Port}";
            antiforgery.Cookie.SameSite = SameSiteMode.Strict;
            antiforgery.Cookie.SecurePolicy = options.PublicUrl.Scheme == "https" ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
            antiforgery.SuppressXFrameOptionsHeader = true;
        });
        var keys = Path.Combine(options.DataFolder, "form-keys");
        PrivateFile.CreateFolder(keys);
        services.AddDataProtection().SetApplicationName("Migrator").PersistKeysToFileSystem(new DirectoryInfo(keys));
        services.AddOptions<KeyManagementOptions>().Configure<SecretVault>((management, vault) => management.XmlEncryptor = new FormKeyEncryptor(vault));

        return services.AddDoorRateLimits();
    }

    /// <summary>Answers only to names of our own: a page that points its own name at this machine (DNS rebinding) gets nothing.</summary>
    public static IServiceCollection AddHostAllowList(this IServiceCollection services, WebOptions options) =>
        services.Configure<HostFilteringOptions>(filter =>
        {
            filter.AllowedHosts = ["localhost", "127.0.0.1", "[::1]", options.Url.Host, options.PublicUrl.Host, .. options.Door.Hosts];
            filter.AllowEmptyHosts = false;
            filter.IncludeFailureMessage = false;
        });
}
