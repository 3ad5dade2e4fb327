using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// The signed head of a repository (format version 3) whose account and signature were checked: no other kind of instance can be
/// made. Source: atproto.com/specs/repository, "Commit Objects".
/// </summary>
public sealed class VerifiedCommit
{
    private VerifiedCommit(Cid cid, Did did, Tid rev, Cid data, Cid? previous, PublicKey signedBy)
    {
        Cid = cid;
        Did = did;
        Rev = rev;
        Data = data;
        Previous = previous;
        SignedBy = signedBy;
    }

    public Cid Cid { get; }

    public Did Did { get; }

    /// <summary>Grows with every commit of the account.</summary>
    public Tid Rev { get; }

    /// <summary>The root of the tree of records. Equal roots mean equal records.</summary>
    public Cid Data { get; }

    /// <summary>The commit before; practically always null.</summary>
    public Cid? Previous { get; }

    /// <summary>Which of the expected keys made the signature.</summary>
    public PublicKey SignedBy { get; }

    /// <summary>Reads a commit block and checks it against what is expected.</summary>
    /// <param name="cid">The name of the block; that the bytes match it is the caller's to have checked.</param>
    /// <param name="block">The bytes of the block.</param>
    /// <param name="offset">Where they stand in the file.</param>
    /// <param name="expectation">Whose commit it must be.</param>
    /// <exception cref="RepoFaultException">Other fields, another version, another account, no key fits the signature.</exception>
    public static VerifiedCommit Verify(Cid cid, ReadOnlySpan<byte> block, long offset, RepoExpectation expectation)
    {
        var fields = CommitFields.Read(block, offset);
        if (expectation.Did is { } expected && fields.Did != expected.ToString())
        {
            throw new RepoFaultException(RepoFault.CommitDid, offset, $"{expected} is expected");
        }
        if (!Did.TryParse(fields.Did, out var did)) throw new RepoFaultException(RepoFault.CommitDid, offset, "the commit names no DID");
        foreach (var key in expectation.SigningKeys)
        {
            if (key.Verify(fields.SignedBytes, fields.Signature))
            {
                return new VerifiedCommit(cid, did, fields.Rev, fields.Data, fields.Previous, key);
            }
        }
        throw new RepoFaultException(RepoFault.CommitSignature, offset, $"{expectation.SigningKeys.Count} keys were tried");
    }
}
