using System.Net;
using Microsoft.Extensions.Options;
using Migrator.Web.Security;

namespace Migrator.Web.Hosting;

/// <summary>Which part of the work this process does. Key <c>Migrator:Role</c>.</summary>
public enum ProcessRole
{
    All,
    Web,
    Worker,
}

/// <summary>The settings of the program itself, read and checked before anything else starts.</summary>
public sealed class WebOptions
{
    public const string DefaultUrl = "http://127.0.0.1:5210";

    /// <summary>Where the program listens. Key <c>Migrator:Url</c>.</summary>
    public required Uri Url { get; init; }

    /// <summary>The address people use: <see cref="DoorOptions.PublicUrl"/>, or else <see cref="Url"/>.</summary>
    public required Uri PublicUrl { get; init; }

    /// <summary>Absolute path. Key <c>Migrator:Data</c>; default <c>data</c> below the working folder.</summary>
    public required string DataFolder { get; init; }

    public required ProcessRole Role { get; init; }

    /// <summary>Key <c>Migrator:Log:Json</c>: one JSON object a line on the console instead of plain lines.</summary>
    public required bool JsonLogs { get; init; }

    public required DoorOptions Door { get; init; }

    /// <summary>The IP address to bind; for the name <c>localhost</c> the IPv4 loopback.</summary>
    public required IPAddress BindAddress { get; init; }

    public bool ServesPages => Role != ProcessRole.Worker;

    /// <exception cref="OptionsValidationException">Holds every fault at once, each with its key and value.</exception>
    public static WebOptions Read(IConfiguration configuration)
    {
        var faults = new List<string>();
        var door = ReadDoor(configuration, faults);
        var url = ReadUrl("Migrator:Url", configuration["Migrator:Url"] ?? DefaultUrl, faults);
        var address = url is null ? null : ReadAddress(url, door, faults);
        var publicUrl = door.PublicUrl is null ? url : ReadUrl("Migrator:Door:PublicUrl", door.PublicUrl, faults);
        if (url is { Scheme: not "http" })
            faults.Add($"Migrator:Url is \"{url}\": only http is served here. For https put a TLS proxy in front and name its address in Migrator:Door:PublicUrl.");
        if (configuration.GetSection("Kestrel:Endpoints").Exists())
            faults.Add("Kestrel:Endpoints is set: it would open addresses that the door does not know. Use Migrator:Url.");

        var role = ReadRole(configuration["Migrator:Role"], faults);
        var jsonLogs = ReadFlag("Migrator:Log:Json", configuration["Migrator:Log:Json"], faults);
        if (faults.Count > 0)
            throw new OptionsValidationException("Migrator", typeof(WebOptions), faults);
        return new WebOptions
        {
            Url = url!,
            PublicUrl = publicUrl!,
            BindAddress = address!,
            DataFolder = Path.GetFullPath(configuration["Migrator:Data"] is { Length: > 0 } data ? data : "data"),
            Role = role,
            JsonLogs = jsonLogs,
            Door = door,
        };
    }

    private static DoorOptions ReadDoor(IConfiguration configuration, List<string> faults)
    {
        var door = new DoorOptions();
        try
        {
            configuration.GetSection("Migrator:Door").Bind(door);
        }
        catch (InvalidOperationException unreadable)
        {
            faults.Add(unreadable.Message); // names key and value
        }

        CheckRange("LinkLifetime", door.LinkLifetime, TimeSpan.FromDays(1), faults);
        CheckRange("IdleTimeout", door.IdleTimeout, TimeSpan.FromDays(30), faults);
        CheckRange("AbsoluteTimeout", door.AbsoluteTimeout, TimeSpan.FromDays(90), faults);
        foreach (var host in door.Hosts.Where(host => host.Contains('*') || Uri.CheckHostName(host.Trim('[', ']')) == UriHostNameType.Unknown))
            faults.Add($"Migrator:Door:Hosts has \"{host}\": give plain host names, without port and without wildcards.");
        return door;
    }

    private static void CheckRange(string key, TimeSpan value, TimeSpan most, List<string> faults)
    {
        if (value < TimeSpan.FromMinutes(1) || value > most)
            faults.Add($"Migrator:Door:{key} is {value}: it must be between 00:01:00 and {most}.");
    }

    private static Uri? ReadUrl(string key, string text, List<string> faults)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.PathAndQuery == "/" && url.UserInfo == "")
            return url;
        faults.Add($"{key} is \"{text}\": it must be an address like {DefaultUrl}, without a path.");
        return null;
    }

    private static IPAddress? ReadAddress(Uri url, DoorOptions door, List<string> faults)
    {
        var address = url.Host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(url.Host.Trim('[', ']'), out var parsed) ? parsed : null;
        if (address is null)
            faults.Add($"Migrator:Url is \"{url}\": name the address to listen on as an IP address or \"localhost\".");
        else if (!IPAddress.IsLoopback(address) && !door.AllowRemote)
        {
            faults.Add($"Migrator:Url is \"{url}\", which other machines can reach. Whoever opens the one-time link can move accounts, "
                + "so this is refused unless Migrator:Door:AllowRemote is true.");
        }

        return address;
    }

    private static ProcessRole ReadRole(string? text, List<string> faults)
    {
        if (text is null or "")
            return ProcessRole.All;
        if (Enum.TryParse<ProcessRole>(text, ignoreCase: true, out var role) && Enum.IsDefined(role) && !char.IsAsciiDigit(text[0]))
            return role;
        faults.Add($"Migrator:Role is \"{text}\": it must be all, web or worker.");
        return ProcessRole.All;
    }

    private static bool ReadFlag(string key, string? text, List<string> faults)
    {
        if (text is null or "" || bool.TryParse(text, out _))
            return text is { Length: > 0 } && bool.Parse(text);
        faults.Add($"{key} is \"{text}\": it must be true or false.");
        return false;
    }
}
