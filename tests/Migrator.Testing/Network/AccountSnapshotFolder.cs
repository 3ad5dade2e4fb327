namespace Migrator.Testing.Network;

/// <summary>A folder in which tests/network/snapshot.mjs wrote down what an account was.</summary>
/// <param name="Data">CID of the root of the record tree: equal exactly when the records are equal.</param>
/// <param name="Rev">Revision of the repo at that time.</param>
public sealed record AccountSnapshotFolder(
    string Folder, string Did, string Pds, string Head, string Data, string Rev, int Records, int Blobs)
{
    /// <summary>The whole repo as the server exported it.</summary>
    public string CarFile => Path.Combine(Folder, "repo.car");

    public string BlobFile(string cid) => Path.Combine(Folder, "blobs", cid);
}
