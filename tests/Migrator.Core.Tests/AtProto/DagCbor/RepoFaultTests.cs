using Migrator.Core.AtProto.DagCbor;
using Xunit;

namespace Migrator.Core.Tests.AtProto.DagCbor;

public class RepoFaultTests
{
    [Fact]
    public void Every_fault_has_its_own_sentence()
    {
        var sentences = Enum.GetValues<RepoFault>().Select(f => f.Explain()).ToList();
        Assert.Equal(sentences.Count, sentences.Distinct().Count());
        Assert.DoesNotContain(((RepoFault)0).Explain(), sentences);
        Assert.All(sentences, s => Assert.EndsWith(".", s));
    }

    [Fact]
    public void The_message_says_what_where_and_how()
    {
        var fault = new RepoFaultException(RepoFault.CarVarint, 12, "ten bytes");
        Assert.Contains(RepoFault.CarVarint.Explain(), fault.Message);
        Assert.Contains("byte 12", fault.Message);
        Assert.Contains("ten bytes", fault.Message);
        Assert.DoesNotContain("byte", new RepoFaultException(RepoFault.CommitMissing, -1, "none").Message);
    }
}
