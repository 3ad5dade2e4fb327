using System.Net;
using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Features.Move;

/// <summary>Handles, messages, names and paths come from servers that nobody here knows: they are text, whatever they look like.</summary>
public sealed class StrangersTextTests
{
    private const string Evil = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>";

    [Fact]
    public async Task Markup_in_what_servers_say_stays_text_on_every_page()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        foreach (var view in new[] { Poison(Sample.Draft()), Poison(Sample.Copying()), Poison(Sample.Ended(MigrationState.CompletedWithRemarks)) }
            .Concat(Enum.GetValues<HoldCause>().Select(cause => Poison(Sample.Held(cause)))))
        {
            var id = program.Migrations.Put(view);
            foreach (var page in new[] { "", "/destination", "/account", "/check", "/missing-files", "/cut-over", "/code", "/way-back", "/report", "/cancel" })
            {
                using var answer = await browser.Client.GetAsync($"/move/{id}{page}", TestContext.Current.CancellationToken);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                Assert.DoesNotContain("<img src=x", text);
                Assert.DoesNotContain("<script>alert", text);
            }
        }

        Assert.DoesNotContain("<img src=x", await browser.GetAsync("/"));
        Assert.DoesNotContain("<img src=x", await browser.GetAsync("/operations"));
    }

    [Fact]
    public async Task What_the_person_typed_stays_text_too()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        program.Migrations.Answer = ServiceResult<MigrationView>.Invalid("Account", $"{Evil} is no handle.");
        var (_, page, _) = await browser.FillInAsync("/move/new", "account", ("Account", Evil));
        Assert.DoesNotContain("<img src=x", page);
        Assert.DoesNotContain("<script>alert", page);
    }

    private static MigrationView Poison(MigrationView view) => view with
    {
        Handle = Evil,
        Hold = view.Hold is { } hold ? hold with { Message = Evil, WhatIsSafe = Evil, WhatToDo = Evil, Details = [Evil] } : null,
        Target = view.Target is { } target ? target with { ServiceDid = Evil, HandleDomains = [Evil], Handle = Evil, Email = Evil } : null,
        Preflight = view.Preflight is { } found ? found with { Items = [new PreflightItem(PreflightLevel.Warning, Evil, Evil)] } : null,
        Repo = view.Repo is { } repo ? repo with { RecordsByCollection = new Dictionary<string, long> { [Evil] = 1 } } : null,
        BlobProblems = [.. view.BlobProblems.Select(problem => problem with { UsedBy = Evil, Reason = Evil })],
        Steps = [.. view.Steps.Select(step => step with { Note = Evil })],
        IdentityChange = view.IdentityChange is { } change
            ? change with { Changes = [new OperationChange(Evil, Evil, Evil)], RawOperation = Evil, Problems = [Evil] } : null,
        Remarks = [Evil],
        Events = [new MigrationEvent(Sample.Now, null, Evil)],
    };
}
