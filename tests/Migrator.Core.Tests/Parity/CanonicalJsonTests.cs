using System.Text;
using System.Text.Json;
using Migrator.Core.Parity;
using Xunit;

namespace Migrator.Core.Tests.Parity;

public class CanonicalJsonTests
{
    [Theory]
    [InlineData("""{"b":1,"a":{"d":null,"c":[1, 2]}}""", """{"a":{"c":[1,2],"d":null},"b":1}""")]
    [InlineData("""[ "x" , true, false ]""", """["x",true,false]""")]
    public void Keys_are_sorted_and_white_space_is_gone(string json, string canonical)
    {
        Assert.Equal(canonical, Encoding.UTF8.GetString(CanonicalJson.Write(JsonDocument.Parse(json).RootElement)));
    }

    [Fact]
    public void The_order_of_a_list_matters_and_of_keys_does_not()
    {
        Assert.Equal(Hash("""{"a":1,"b":2}"""), Hash("""{"b":2,"a":1}"""));
        Assert.NotEqual(Hash("[1,2]"), Hash("[2,1]"));
    }

    private static string Hash(string json) => CanonicalJson.Hash(JsonDocument.Parse(json).RootElement);
}
