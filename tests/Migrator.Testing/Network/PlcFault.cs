namespace Migrator.Testing.Network;

/// <summary>One way in which the directory goes wrong. The kinds and their names: tests/network/lib/plc-control.mjs.</summary>
public sealed record PlcFault
{
    private PlcFault(string kind) => Kind = kind;

    internal string Kind { get; }

    internal int Status { get; private init; } = 503;

    internal string Message { get; private init; } = "Service Unavailable";

    internal TimeSpan Wait { get; private init; }

    /// <summary>Says no with an HTTP status, and does nothing.</summary>
    public static PlcFault Refusal(int status, string message) => new("status") { Status = status, Message = message };

    /// <summary>Says what the production directory says after ten operations within an hour: a 400, not a 429.</summary>
    public static PlcFault RateLimit { get; } = new("rateLimit");

    /// <summary>Closes the connection before anything happens.</summary>
    public static PlcFault DroppedRequest { get; } = new("dropRequest");

    /// <summary>Does what was asked, then closes the connection instead of saying so.</summary>
    public static PlcFault LostReply { get; } = new("dropReply");

    public static PlcFault Delay(TimeSpan wait) => new("delay") { Wait = wait };
}
