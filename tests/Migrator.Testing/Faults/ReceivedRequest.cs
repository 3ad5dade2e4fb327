namespace Migrator.Testing.Faults;

/// <summary>
/// What a <see cref="HostilePds"/> was asked. <c>Name</c> is the NSID, or the path of a request outside <c>/xrpc/</c>; <c>Body</c> is
/// what was read of the body before the answer, so nothing for an early one.
/// </summary>
public sealed record ReceivedRequest(
    string Method, string Name, string Query, string? Authorization, string? ContentType, long? ContentLength, byte[] Body);
