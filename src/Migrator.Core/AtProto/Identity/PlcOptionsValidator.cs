using Microsoft.Extensions.Options;

namespace Migrator.Core.AtProto.Identity;

/// <summary>Refuses an address of the directory that could not be asked.</summary>
public sealed class PlcOptionsValidator : IValidateOptions<PlcOptions>
{
    public ValidateOptionsResult Validate(string? name, PlcOptions options)
    {
        // An empty setting is bound to null, whatever the type says.
        Uri? url = options.Url;
        var good = url is { IsAbsoluteUri: true } && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
            && url.AbsolutePath == "/" && url.Query.Length == 0 && url.Fragment.Length == 0 && url.UserInfo.Length == 0;
        return good
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"{PlcOptions.Section}:Url is \"{url}\"; it must be https://host, with a port if need be and nothing after it.");
    }
}
