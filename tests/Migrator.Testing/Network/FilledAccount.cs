namespace Migrator.Testing.Network;

/// <summary>An account that was made for a test.</summary>
/// <param name="Pds">URL of the server it was made on.</param>
/// <param name="Counts">How much was put in: <c>records</c>, <c>blobs</c>, <c>orphans</c>, and records by collection.</param>
/// <param name="Blobs">The blobs that records use.</param>
/// <param name="Orphans">Uploads that no record uses.</param>
public sealed record FilledAccount(
    string Did,
    string Handle,
    string Password,
    string Email,
    string Pds,
    IReadOnlyDictionary<string, int> Counts,
    IReadOnlyList<FilledBlob> Blobs,
    IReadOnlyList<FilledBlob> Orphans)
{
    public int Records => Counts["records"];

    /// <summary>Signs in as the owner, as another app would.</summary>
    public Task<XrpcSession> SignInAsync(CancellationToken cancel) => XrpcSession.SignInAsync(Pds, Handle, Password, cancel);
}

/// <param name="Cid">Content address of the bytes.</param>
/// <param name="Size">In bytes.</param>
public sealed record FilledBlob(string Cid, string MimeType, long Size);
