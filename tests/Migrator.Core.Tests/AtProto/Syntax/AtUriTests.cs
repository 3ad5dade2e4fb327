using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Syntax;

public class AtUriTests
{
    [Fact]
    public void The_parts_can_be_read()
    {
        var uri = AtUri.Parse("at://did:plc:asdf123/com.atproto.feed.post/3jzfcijpj2z2a");
        Assert.Equal(Did.Parse("did:plc:asdf123"), uri.Did);
        Assert.Null(uri.Handle);
        Assert.Equal(Nsid.Parse("com.atproto.feed.post"), uri.Collection);
        Assert.Equal(RecordKey.Parse("3jzfcijpj2z2a"), uri.RecordKey);
        Assert.Equal("post", uri.Collection!.Value.Name);
    }

    [Fact]
    public void Parts_that_are_not_there_are_null()
    {
        var uri = AtUri.Parse("at://alice.test");
        Assert.Equal(Handle.Parse("alice.test"), uri.Handle);
        Assert.Null(uri.Did);
        Assert.Null(uri.Collection);
        Assert.Null(uri.RecordKey);
    }

    [Fact]
    public void A_record_has_an_address()
    {
        var uri = AtUri.ForRecord(Did.Parse("did:plc:a"), Nsid.Parse("a.b.c"), RecordKey.Parse("self"));
        Assert.Equal("at://did:plc:a/a.b.c/self", uri.ToString());
        Assert.Equal(AtUri.Parse(uri.ToString()), uri);
    }
}
