using System.Buffers.Binary;
using Migrator.Core.Backups;

namespace Migrator.Jobs.Storage.Backups;

public sealed partial class BackupIndex
{
    private const int DigestLength = 32;
    private const int EntryLength = DigestLength + sizeof(long) + sizeof(int);

    public Task<IReadOnlyList<PackedBlob>> ListPackedAsync(string accountId, CancellationToken ct) =>
        database.ReadAsync<IReadOnlyList<PackedBlob>>(
            async db =>
            {
                var packs = await db.ListAsync<PackRow>(
                    "SELECT o.name, p.blobs FROM backup_pack p JOIN backup_object o ON o.id = p.object_id WHERE o.folder_id = @Folder",
                    new { Folder = accountId });
                return [.. packs.SelectMany(pack => pack.Read())];
            },
            ct);

    public Task AddPackAsync(string accountId, StoredObject pack, IReadOnlyList<PackedBlob> blobs, CancellationToken ct) => WriteAsync(
        async db =>
        {
            await AddObjectAsync(db, accountId, pack);
            await db.ExecuteAsync(
                """
                INSERT INTO backup_pack (object_id, blobs)
                SELECT id, @Blobs FROM backup_object WHERE folder_id = @Folder AND name = @Name
                ON CONFLICT (object_id) DO UPDATE SET blobs = excluded.blobs
                """,
                new { Folder = accountId, pack.Name, Blobs = PackRow.Write(blobs) });
            await CountFolderAsync(db, accountId);
        },
        ct);

    private sealed class PackRow
    {
        public string Name { get; init; } = "";

        public byte[] Blobs { get; init; } = [];

        public static byte[] Write(IReadOnlyList<PackedBlob> blobs)
        {
            var bytes = new byte[blobs.Count * EntryLength];
            for (var i = 0; i < blobs.Count; i++)
            {
                var entry = bytes.AsSpan(i * EntryLength, EntryLength);
                Convert.FromHexString(blobs[i].Content.Sha256, entry, out _, out _);
                BinaryPrimitives.WriteInt64BigEndian(entry[DigestLength..], blobs[i].Offset);
                BinaryPrimitives.WriteInt32BigEndian(entry[(DigestLength + sizeof(long))..], blobs[i].Length);
            }
            return bytes;
        }

        public IEnumerable<PackedBlob> Read()
        {
            for (var at = 0; at + EntryLength <= Blobs.Length; at += EntryLength)
            {
                var entry = Blobs.AsSpan(at, EntryLength);
                yield return new PackedBlob(
                    Name,
                    new ObjectContent(ObjectKind.Blob, Convert.ToHexStringLower(entry[..DigestLength])),
                    BinaryPrimitives.ReadInt64BigEndian(entry[DigestLength..]),
                    BinaryPrimitives.ReadInt32BigEndian(entry[(DigestLength + sizeof(long))..]));
            }
        }
    }
}
