using Migrator.Core.AtProto.Crypto;

namespace Migrator.Core.Tests.AtProto.Plc;

/// <summary>Keys with a role, made once per run.</summary>
internal static class TestKeys
{
    public static readonly PrivateKey User = PrivateKey.Generate(KeyCurve.P256);
    public static readonly PrivateKey OldServer = PrivateKey.Generate(KeyCurve.K256);
    public static readonly PrivateKey NewServer = PrivateKey.Generate(KeyCurve.K256);
    public static readonly PrivateKey Signing = PrivateKey.Generate(KeyCurve.K256);
    public static readonly PrivateKey NewSigning = PrivateKey.Generate(KeyCurve.K256);
    public static readonly PrivateKey Other = PrivateKey.Generate(KeyCurve.K256);
}
