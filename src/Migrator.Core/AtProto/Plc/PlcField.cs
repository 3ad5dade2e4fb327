namespace Migrator.Core.AtProto.Plc;

/// <summary>The parts of an operation that can differ.</summary>
public enum PlcField
{
    /// <summary>The first <c>at://</c> name.</summary>
    Handle,

    /// <summary>Any other entry of <c>alsoKnownAs</c>.</summary>
    OtherName,

    /// <summary>The address of the account's PDS.</summary>
    Server,

    /// <summary>Another service.</summary>
    Service,

    /// <summary>The key that signs the repo.</summary>
    SigningKey,

    /// <summary>Another verification method.</summary>
    VerificationKey,

    RotationKey,

    /// <summary>Which operation this one follows.</summary>
    Previous,

    /// <summary>The kind of operation, or its form as a whole.</summary>
    Form,

    Signature,
}
