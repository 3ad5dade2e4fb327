using System.Net;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Features.Move;

public sealed class RecoveryKitTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("text", "text/plain", ".txt")]
    [InlineData("html", "text/html", ".html")]
    public async Task The_kit_is_shown_once_and_can_be_saved(string format, string type, string ending)
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var id = program.Migrations.Put(Sample.Draft(answered: false));
        program.Migrations.Kit = Sample.Kit();
        var (status, page, _) = await browser.FillInAsync($"/move/{id}/recovery-key", "make");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains(Sample.Kit().PrivateKeyHex, page);

        using var file = await browser.PostAsync(page, $"/move/{id}/recovery-key/kit", ("format", format));
        var text = await file.Content.ReadAsStringAsync(Ct);
        Assert.Equal(HttpStatusCode.OK, file.StatusCode);
        Assert.Equal(type, file.Content.Headers.ContentType?.MediaType);
        Assert.Equal("attachment", file.Content.Headers.ContentDisposition?.DispositionType);
        Assert.EndsWith(ending, file.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        Assert.Contains("no-store", file.Headers.GetValues("Cache-Control").Single());
        foreach (var needed in new[] { Sample.Did, Sample.Key, Sample.Kit().PrivateKeyHex, Sample.Kit().PrivateKeyMultibase, "https://old.example/" })
            Assert.Contains(needed, text);

        Assert.DoesNotContain(Sample.Kit().PrivateKeyHex, await browser.GetAsync($"/move/{id}/recovery-key"));
        Assert.DoesNotContain(program.Logs.Lines, line => line.Contains(Sample.Kit().PrivateKeyHex) || line.Contains(Sample.Kit().PrivateKeyMultibase));
    }

    [Theory]
    [InlineData("hex", "<img src=x>")]
    [InlineData("didKey", "")]
    [InlineData("madeAt", "yesterday")]
    public async Task A_kit_that_did_not_come_from_the_kit_page_is_refused(string field, string value)
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var id = program.Migrations.Put(Sample.Draft(answered: false));
        program.Migrations.Kit = Sample.Kit();
        var (_, page, _) = await browser.FillInAsync($"/move/{id}/recovery-key", "make");
        using var file = await browser.PostAsync(page, $"/move/{id}/recovery-key/kit", ("format", "html"), (field, value));
        Assert.Equal(HttpStatusCode.BadRequest, file.StatusCode);
    }
}
