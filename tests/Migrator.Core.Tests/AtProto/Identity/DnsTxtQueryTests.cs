using Migrator.Core.AtProto.Identity;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Identity;

public sealed class DnsTxtQueryTests
{
    [Fact]
    public void The_question_is_the_one_of_the_standard()
    {
        // RFC 8484, section 4.1.1, has this example for "www.example.com" and type A; only the type differs.
        var expected = Convert.FromHexString("00000100000100000000000003777777076578616D706C6503636F6D0000100001");

        Assert.Equal(expected, DnsTxtQuery.Write("www.example.com"));
    }

    [Fact]
    public void The_pieces_of_a_record_are_joined_and_other_records_left_out()
    {
        var answer = TestDns.Answer(TestDns.Txt("did=", "did:plc:abc"), TestDns.Record(5, [1, (byte)'x', 0]), TestDns.Txt("v=spf1"));

        Assert.True(DnsTxtQuery.TryRead(answer, out var texts));
        Assert.Equal(["did=did:plc:abc", "v=spf1"], texts);
    }

    [Fact]
    public void A_name_that_does_not_exist_has_no_texts()
    {
        Assert.True(DnsTxtQuery.TryRead(TestDns.Failure(3), out var texts));
        Assert.Empty(texts);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void A_failure_of_the_server_is_no_answer(int code) => Assert.False(DnsTxtQuery.TryRead(TestDns.Failure(code), out _));

    [Fact]
    public void No_cut_or_bent_answer_does_any_harm()
    {
        var good = TestDns.Answer(TestDns.Txt("did=did:plc:abc"), TestDns.Txt(new string('x', 255), "y"));
        for (var length = 0; length < good.Length; length++) Assert.False(DnsTxtQuery.TryRead(good.AsSpan(0, length), out _));
        for (var at = 0; at < good.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var bent = good.ToArray();
                bent[at] ^= (byte)(1 << bit);
                DnsTxtQuery.TryRead(bent, out var texts);
                Assert.True(texts.Count <= 2);
            }
        }
    }
}
