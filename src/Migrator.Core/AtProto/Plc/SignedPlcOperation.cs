using System.Security.Cryptography;
using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Encoding;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Plc;

/// <summary>
/// An operation with a signature. Whether the signature is good depends on who was allowed to sign: <see cref="FindSigner"/>.
/// </summary>
public sealed class SignedPlcOperation
{
    private const int SignatureLength = 64;
    private const int DidIdentifierLength = 24;

    internal SignedPlcOperation(UnsignedPlcOperation unsigned, string signature)
    {
        Unsigned = unsigned;
        Sig = signature;
        SignedBytes = PlcEncoding.ToCbor(Fields);
        Cid = Cid.ForDagCbor(SignedBytes);
    }

    public UnsignedPlcOperation Unsigned { get; }

    /// <summary>The signature as text: base64url without padding, 86 characters when it is well-formed.</summary>
    public string Sig { get; }

    /// <summary>The DAG-CBOR with the signature: what <see cref="Cid"/> and the directory's size limit are about.</summary>
    public byte[] SignedBytes { get; }

    /// <summary>The name of this operation.</summary>
    public Cid Cid { get; }

    /// <inheritdoc cref="UnsignedPlcOperation.Prev"/>
    public Cid? Prev => Unsigned.Prev;

    /// <inheritdoc cref="UnsignedPlcOperation.Body"/>
    public PlcOperationBody? Body => Unsigned.Body;

    private IEnumerable<KeyValuePair<string, object?>> Fields => [.. Unsigned.Fields, new("sig", Sig)];

    /// <summary>Reads the JSON that servers and the directory send. Strict: exactly the fields of its type, each of its kind.</summary>
    /// <exception cref="PlcFaultException">Not such an operation.</exception>
    public static SignedPlcOperation FromJson(JsonElement json) => PlcOperationReader.Read(json);

    /// <summary>The JSON that the directory takes.</summary>
    public JsonElement ToJson() => PlcEncoding.ToJson(Fields);

    /// <summary>The DID that begins with this operation.</summary>
    /// <exception cref="InvalidOperationException">It follows another operation.</exception>
    public Did DeriveDid()
    {
        if (Prev is not null) throw new InvalidOperationException("Only the first operation of an identity gives it its DID.");
        return Did.Parse("did:plc:" + Base32.Encode(SHA256.HashData(SignedBytes))[..DidIdentifierLength]);
    }

    /// <summary>Which of these did:keys signed this operation: its position, the first if it is there twice; -1 when none did.</summary>
    /// <remarks>
    /// The signature must be in its one canonical form: base64url without padding, 64 bytes, low S. Keys that are of another kind
    /// than K-256 and P-256 can't have signed and are passed over.
    /// </remarks>
    public int FindSigner(IReadOnlyList<string> didKeys)
    {
        if (!Base64UrlStrict.TryDecode(Sig, SignatureLength, out var signature)) return -1;
        var bytes = Unsigned.BytesToSign;
        for (var i = 0; i < didKeys.Count; i++)
        {
            if (PublicKey.TryParseDidKey(didKeys[i], out var key) && key.Verify(bytes, signature)) return i;
        }
        return -1;
    }
}
