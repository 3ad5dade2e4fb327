using Migrator.Core.Age;
using Migrator.Jobs.Snapshots;
using Migrator.Testing;
using Xunit;

namespace Migrator.Jobs.Tests.Snapshots;

public sealed class SessionKeysTests
{
    private static readonly string Mine = SessionKeys.NameOf("local", "cookie-1");
    private readonly ManualTime _time = new();

    [Fact]
    public void A_key_is_there_for_its_session_only()
    {
        using var keys = new SessionKeys(_time);
        using var key = AgeIdentity.Generate();
        Assert.True(keys.Give(Mine, key.RevealText()));
        Assert.Single(keys.Use(Mine)!);
        Assert.Null(keys.Use(SessionKeys.NameOf("local", "cookie-2")));
        Assert.Null(keys.Use(SessionKeys.NameOf("other", "cookie-1")));
    }

    [Fact]
    public void A_key_that_is_not_used_is_wiped_after_half_an_hour()
    {
        using var keys = new SessionKeys(_time);
        using var key = AgeIdentity.Generate();
        keys.Give(Mine, key.RevealText());
        _time.Advance(TimeSpan.FromMinutes(29));
        Assert.NotNull(keys.Use(Mine));
        _time.Advance(TimeSpan.FromMinutes(30));
        Assert.Null(keys.Use(Mine));
        Assert.Empty(keys.SweepNow());
    }

    [Fact]
    public void A_key_that_is_used_all_the_time_is_wiped_after_two_hours()
    {
        using var keys = new SessionKeys(_time);
        using var key = AgeIdentity.Generate();
        keys.Give(Mine, key.RevealText());
        for (var minutes = 0; minutes < 110; minutes += 10)
        {
            _time.Advance(TimeSpan.FromMinutes(10));
            Assert.NotNull(keys.Use(Mine));
        }

        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Null(keys.Until(Mine));
    }

    [Fact]
    public void An_identity_file_is_taken_and_anything_else_is_not()
    {
        using var keys = new SessionKeys(_time);
        using var first = AgeIdentity.Generate();
        using var second = AgeIdentity.Generate();
        Assert.True(keys.Give(Mine, $"# made today\n{first.RevealText()}\n\n{second.RevealText()}\n"));
        Assert.Equal(2, keys.Use(Mine)!.Count);
        foreach (var text in new[] { null, "", "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p", new string('A', 20_000) })
            Assert.False(keys.Give(Mine, text));
    }

    [Fact]
    public void Forgetting_takes_the_key_away_at_once()
    {
        using var keys = new SessionKeys(_time);
        using var key = AgeIdentity.Generate();
        keys.Give(Mine, key.RevealText());
        keys.Forget(Mine);
        Assert.Null(keys.Use(Mine));
    }
}
