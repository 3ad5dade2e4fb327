namespace Migrator.Testing.Network;

/// <summary>A server refused what a test asked of it through <see cref="XrpcSession"/>.</summary>
public sealed class XrpcSessionException(string nsid, int status, string body) : Exception($"{nsid} answered {status}: {body}")
{
    public int Status { get; } = status;

    public string Body { get; } = body;
}
