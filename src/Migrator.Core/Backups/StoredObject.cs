using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>What an object holds.</summary>
public enum ObjectKind
{
    /// <summary>The bytes of a blob.</summary>
    Blob,

    /// <summary>A CAR file: a whole repo, or what changed in it.</summary>
    Car,

    /// <summary>A part of the list of blobs.</summary>
    BlobPage,

    /// <summary>Many small blobs in one: a CAR file of theirs.</summary>
    Pack,
}

/// <summary>What the last look at an object's stored bytes showed.</summary>
public enum ObjectHealth
{
    Good,

    /// <summary>It is there, but other bytes, or another number of them, than were stored.</summary>
    Damaged,

    /// <summary>It is not there.</summary>
    Missing,

    /// <summary>No snapshot uses it and it is about to be deleted: as good as gone, never to be used again.</summary>
    Deleting,
}

/// <summary>
/// The content of an object: its kind and the SHA-256 of the bytes before sealing, which for a blob is the one in its CID. For a pack it is
/// that of the hashes of its blobs, one after another.
/// </summary>
/// <param name="Kind">Part of the identity: the same bytes as another kind are another object.</param>
/// <param name="Sha256">64 lower-case hex digits.</param>
public readonly record struct ObjectContent(ObjectKind Kind, string Sha256)
{
    /// <summary>Both in one text. (For keys that are text the code is there when the program starts; for others it has to be made.)</summary>
    public string Key => Kind == ObjectKind.Blob ? Sha256 : $"{Kind}:{Sha256}";

    public static ObjectContent OfBlob(Cid cid)
    {
        Span<byte> binary = stackalloc byte[Cid.BinaryLength];
        cid.CopyTo(binary);
        return new ObjectContent(ObjectKind.Blob, Convert.ToHexStringLower(binary[^Cid.DigestLength..]));
    }
}

/// <summary>One sealed object in an account's folder, as the service remembers it. It cannot read what is inside.</summary>
/// <param name="Name">Full name in the vault.</param>
/// <param name="Content">What is inside.</param>
/// <param name="PlainLength">Bytes before sealing.</param>
/// <param name="Length">Bytes as stored.</param>
/// <param name="Sha256">Of the bytes as stored, 64 lower-case hex digits.</param>
/// <param name="Generation">0 for the first copy of this content, one more each time it had to be stored anew.</param>
/// <param name="StoredAt">When it was written, and read back by the vault.</param>
/// <param name="Health">What the last look showed.</param>
/// <param name="CheckedAt">When all its stored bytes were hashed last; at first <paramref name="StoredAt"/>.</param>
public sealed record StoredObject(
    string Name,
    ObjectContent Content,
    long PlainLength,
    long Length,
    string Sha256,
    int Generation,
    DateTimeOffset StoredAt,
    ObjectHealth Health,
    DateTimeOffset CheckedAt);

/// <summary>A blob in a pack.</summary>
/// <param name="Pack">Full name of the pack in the vault.</param>
/// <param name="Content">Which blob.</param>
/// <param name="Offset">Where its bytes begin in the pack, before sealing.</param>
/// <param name="Length">How many they are.</param>
public sealed record PackedBlob(string Pack, ObjectContent Content, long Offset, int Length);

/// <summary>What a look at one object showed.</summary>
/// <param name="Name">An object or the manifest of a snapshot.</param>
/// <param name="Health">Never <see cref="ObjectHealth.Deleting"/>.</param>
/// <param name="Depth">How deep it was.</param>
/// <param name="At">When.</param>
/// <param name="Reason">For a person, when it is not good: what was found.</param>
public sealed record ObjectCheck(string Name, ObjectHealth Health, VerifyDepth Depth, DateTimeOffset At, string? Reason);

/// <summary>How much of a snapshot is looked at.</summary>
public enum VerifyDepth
{
    /// <summary>Every object is there and has the right size.</summary>
    Present,

    /// <summary>Every stored byte is read and hashed. Needs no key.</summary>
    Stored,

    /// <summary>Everything is unsealed and proven: signature, tree, every record, every blob. Needs the key.</summary>
    Opened,
}
