namespace Migrator.Core.AtProto.Plc;

/// <summary>One thing in which two states of an identity differ.</summary>
/// <param name="Field">Which part.</param>
/// <param name="Name">
/// Which of several: the did:key of a rotation key, the name of a service or verification key, the other name itself; null where
/// there is only one.
/// </param>
/// <param name="Before">The value on the left; a place from 1 for what stands in a list; null when it is not there.</param>
/// <param name="After">The same on the right.</param>
public sealed record PlcDifference(PlcField Field, string? Name, string? Before, string? After)
{
    /// <summary>What differs, in words.</summary>
    public string What => Field switch
    {
        PlcField.Handle => "Handle",
        PlcField.OtherName => $"Other name {Name}",
        PlcField.Server => "Server",
        PlcField.Service => $"Service {Name}",
        PlcField.SigningKey => "Key that signs your posts",
        PlcField.VerificationKey => $"Verification key {Name}",
        PlcField.RotationKey => $"Rotation key {Name}",
        PlcField.Previous => "Entry it follows",
        PlcField.Form => "Kind of entry",
        _ => "Signature",
    };

    /// <summary>One sentence. Holds text that servers chose: encode it for where it is shown.</summary>
    public override string ToString()
    {
        var listed = Field is PlcField.RotationKey or PlcField.OtherName;
        return (Before, After) switch
        {
            (null, { } after) => listed ? $"{What}: added in place {after}." : $"{What}: added, {after}.",
            ({ } before, null) => listed ? $"{What}: removed from place {before}." : $"{What}: removed, was {before}.",
            ({ } before, { } after) => listed ? $"{What}: moves from place {before} to {after}." : $"{What}: {before} becomes {after}.",
            _ => $"{What}: differs.",
        };
    }
}
