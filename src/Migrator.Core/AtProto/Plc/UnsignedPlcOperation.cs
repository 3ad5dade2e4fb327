using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Encoding;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Plc;

/// <summary>One step in the life of a did:plc identity, without its signature.</summary>
/// <remarks>
/// In bytes: the canonical DAG-CBOR of its fields. With the signature it is named by the CID of its bytes, and the next
/// operation names that CID as <c>prev</c>. Source: https://web.plc.directory/spec/v0.1/did-plc
/// </remarks>
public abstract class UnsignedPlcOperation
{
    private protected UnsignedPlcOperation(Cid? prev) => Prev = prev;

    /// <summary>The operation this one follows; null only for the first.</summary>
    public Cid? Prev { get; }

    /// <summary>What the identity is after this operation; null when the operation ends it.</summary>
    public abstract PlcOperationBody? Body { get; }

    /// <summary>The bytes that a rotation key signs (it hashes them itself): the operation without its signature.</summary>
    public byte[] BytesToSign => PlcEncoding.ToCbor(Fields);

    /// <summary>Every field but the signature, as the kinds of value that <see cref="PlcEncoding"/> can write.</summary>
    internal abstract IReadOnlyList<KeyValuePair<string, object?>> Fields { get; }

    public SignedPlcOperation Sign(PrivateKey rotationKey) =>
        WithSignature(Base64UrlStrict.Encode(rotationKey.Sign(BytesToSign)));

    /// <param name="signature">Base64url of 64 bytes. Not checked here: <see cref="SignedPlcOperation.FindSigner"/> does that.</param>
    public SignedPlcOperation WithSignature(string signature) => new(this, signature);

    private protected object? PrevField => Prev?.ToString();

    private protected static KeyValuePair<string, object?> Field(string name, object? value) => new(name, value);
}
