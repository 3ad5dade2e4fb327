using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>What a commit block says; nothing of it is believed yet.</summary>
internal readonly ref struct CommitFields
{
    private const int SupportedVersion = 3;

    public string Did { get; private init; }
    public Tid Rev { get; private init; }
    public Cid Data { get; private init; }
    public Cid? Previous { get; private init; }
    public ReadOnlySpan<byte> Signature { get; private init; }

    /// <summary>The commit without its <c>sig</c>: what the signature is made over.</summary>
    public byte[] SignedBytes { get; private init; }

    /// <summary>The bytes that a signature for these values is made over.</summary>
    public static byte[] Unsigned(string did, Tid rev, Cid data, Cid? previous)
    {
        var writer = new DagCborWriter();
        Write(writer, did, rev, data, previous, signature: default);
        return writer.ToArray();
    }

    /// <summary>A whole commit block.</summary>
    public static byte[] Signed(string did, Tid rev, Cid data, Cid? previous, ReadOnlySpan<byte> signature)
    {
        var writer = new DagCborWriter();
        Write(writer, did, rev, data, previous, signature);
        return writer.ToArray();
    }

    /// <exception cref="RepoFaultException">Not exactly the six fields of a version 3 commit.</exception>
    public static CommitFields Read(ReadOnlySpan<byte> block, long offset)
    {
        var reader = new DagCborReader(block, offset);
        if (reader.Peek() != DagCborType.Map) throw Malformed("not a map");
        var map = reader.ReadMap();
        string? did = null, rev = null;
        Cid? data = null, previous = null;
        long? version = null;
        ReadOnlySpan<byte> signature = default;
        bool hasSignature = false, hasPrevious = false;
        while (map.Next(ref reader, out var key))
        {
            if (key.SequenceEqual("did"u8)) did = reader.ReadText();
            else if (key.SequenceEqual("rev"u8)) rev = reader.ReadText();
            else if (key.SequenceEqual("data"u8)) data = reader.ReadLink();
            else if (key.SequenceEqual("version"u8)) version = reader.ReadInteger();
            else if (key.SequenceEqual("prev"u8)) (previous, hasPrevious) = (reader.TryReadNull() ? null : reader.ReadLink(), true);
            else if (key.SequenceEqual("sig"u8))
            {
                signature = reader.ReadBytes();
                hasSignature = true;
            }
            else throw Malformed("an unknown field");
        }
        reader.ExpectEnd();
        if (version is not null and not SupportedVersion) throw new RepoFaultException(RepoFault.CommitVersion, offset, $"version {version}");
        if (did is null || rev is null || data is null || version is null || !hasSignature || !hasPrevious) throw Malformed("a field is missing");
        if (data.Value.Codec != CidCodec.DagCbor) throw Malformed("data is no tree");
        if (!Tid.TryParse(rev, out var tid)) throw new RepoFaultException(RepoFault.CommitRev, offset, "rev is not a TID");
        return new CommitFields
        {
            Did = did,
            Rev = tid,
            Data = data.Value,
            Previous = previous,
            Signature = signature,
            SignedBytes = Unsigned(did, tid, data.Value, previous),
        };

        RepoFaultException Malformed(string detail) => new(RepoFault.CommitShape, offset, detail);
    }

    private static void Write(DagCborWriter writer, string did, Tid rev, Cid data, Cid? previous, ReadOnlySpan<byte> signature)
    {
        writer.BeginMap();
        writer.WriteKey("did");
        writer.WriteText(did);
        writer.WriteKey("rev");
        writer.WriteText(rev.ToString());
        if (!signature.IsEmpty)
        {
            writer.WriteKey("sig");
            writer.WriteBytes(signature);
        }
        writer.WriteKey("data");
        writer.WriteLink(data);
        writer.WriteKey("prev");
        if (previous is { } cid) writer.WriteLink(cid);
        else writer.WriteNull();
        writer.WriteKey("version");
        writer.WriteInteger(SupportedVersion);
        writer.EndMap();
    }
}
