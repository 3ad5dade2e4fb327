namespace Migrator.Core.Tests.AtProto.Xrpc;

/// <summary>A stream that can be read once, from front to back, as a body from the network can.</summary>
internal sealed class ForwardOnly(byte[] bytes) : MemoryStream(bytes)
{
    public override bool CanSeek => false;
}
