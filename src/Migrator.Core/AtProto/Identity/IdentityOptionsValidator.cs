using Microsoft.Extensions.Options;

namespace Migrator.Core.AtProto.Identity;

/// <summary>Says everything that is wrong with the settings for identities at once.</summary>
public sealed class IdentityOptionsValidator : IValidateOptions<IdentityOptions>
{
    public ValidateOptionsResult Validate(string? name, IdentityOptions options)
    {
        var faults = new List<string>();
        if (options.DohUrl.Length > 0 && !IsWebAddress(options.DohUrl, needsOrigin: false))
            faults.Add($"{IdentityOptions.Section}:DohUrl is \"{options.DohUrl}\"; it must be an http or https address, or empty.");
        for (var i = 0; i < options.HandleResolvers.Count; i++)
        {
            if (!IsWebAddress(options.HandleResolvers[i], needsOrigin: true))
                faults.Add($"{IdentityOptions.Section}:HandleResolvers:{i} is \"{options.HandleResolvers[i]}\"; " + NoOrigin);
        }
        if (options.LookupTimeout < TimeSpan.FromSeconds(1) || options.LookupTimeout > TimeSpan.FromSeconds(60))
            faults.Add($"{IdentityOptions.Section}:LookupTimeout is {options.LookupTimeout}; it must be between 00:00:01 and 00:01:00.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private const string NoOrigin = "it must be an http or https address with nothing after the host and port.";

    private static bool IsWebAddress(string? text, bool needsOrigin) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
        && uri.UserInfo.Length == 0
        && (!needsOrigin || uri.PathAndQuery == "/");
}
