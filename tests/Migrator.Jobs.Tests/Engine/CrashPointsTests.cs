using Microsoft.Extensions.Logging.Abstractions;
using Migrator.Core.Migrations;
using Migrator.Jobs.Engine;
using Xunit;

namespace Migrator.Jobs.Tests.Engine;

public sealed class CrashPointsTests
{
    [Fact]
    public void Only_the_named_places_kill()
    {
        var kills = Kills("importrepo.effect, SubmitIdentity.Before", null);

        Assert.Equal(["SubmitIdentity.Before", "ImportRepo.Effect"], kills);
    }

    [Fact]
    public void Without_the_variable_nothing_is_killed() => Assert.Empty(Kills(null, null));

    [Fact]
    public void With_a_marker_each_place_kills_once_over_all_starts()
    {
        var folder = Directory.CreateTempSubdirectory("migrator-test-").FullName;
        try
        {
            var marker = Path.Combine(folder, "crashed");
            Assert.Single(Kills("ImportRepo.Effect", marker));
            Assert.Empty(Kills("ImportRepo.Effect", marker));
            Assert.Equal(["ImportRepo.Record"], Kills("ImportRepo.Effect,ImportRepo.Record", marker));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<string> Kills(string? points, string? onceFile)
    {
        var kills = new List<string>();
        var at = "";
        var crash = new CrashPoints(points, onceFile, () => kills.Add(at), NullLogger<CrashPoints>.Instance);
        foreach (var step in (StepName[])[StepName.SubmitIdentity, StepName.ImportRepo])
        {
            foreach (var point in Enum.GetValues<CrashPoint>())
            {
                at = $"{step}.{point}";
                crash.Reach(step, point);
            }
        }

        return kills;
    }
}
