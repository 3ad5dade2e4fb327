namespace Migrator.Core.AtProto.Xrpc;

/// <summary>Whether a server shows a repo to the world.</summary>
/// <param name="Active">It does.</param>
/// <param name="Status">If not, why: <c>deactivated</c>, <c>takendown</c>, <c>suspended</c>, …</param>
/// <param name="Rev">The head's rev, only while active.</param>
public sealed record RepoStatus(bool Active, string? Status, string? Rev)
{
    internal static RepoStatus Read(ReplyReader reply)
    {
        reply.Expect(reply.Root.TryGetProperty("active", out var active)
            && active.ValueKind is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False, "\"active\" is missing");
        return new RepoStatus(reply.Bool("active"), reply.OptionalString("status"), reply.OptionalString("rev"));
    }
}
