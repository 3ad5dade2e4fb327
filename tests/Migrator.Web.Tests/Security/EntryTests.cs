using System.Net;
using System.Text;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Security;

public sealed class EntryTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_link_lets_in_once()
    {
        await using var program = await TestProgram.StartAsync();
        var link = await program.NewLinkAsync();
        using var first = program.OpenBrowser();
        var (status, _, location) = await first.FillInAsync("/enter", "enter", ("Code", link.Token));
        Assert.Equal((HttpStatusCode.Found, "/"), (status, location));
        await first.GetAsync("/");

        using var second = program.OpenBrowser();
        var (again, text, _) = await second.FillInAsync("/enter", "enter", ("Code", link.Token));
        Assert.Equal(HttpStatusCode.Forbidden, again);
        Assert.Contains("used already", text);
        await second.GetAsync("/", HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task The_whole_link_may_be_pasted()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = program.OpenBrowser();
        var (_, _, location) = await browser.FillInAsync("/enter", "enter", ("Code", (await program.NewLinkAsync()).Address));
        Assert.Equal("/", location);
    }

    [Theory]
    [InlineData("")]
    [InlineData("wrong")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_wrong_code_is_refused_and_does_not_use_up_the_link(string wrong)
    {
        await using var program = await TestProgram.StartAsync();
        var link = await program.NewLinkAsync();
        using var browser = program.OpenBrowser();
        var (status, text, _) = await browser.FillInAsync("/enter", "enter", ("Code", wrong));
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("<title>Error: ", text);
        var (_, _, location) = await browser.FillInAsync("/enter", "enter", ("Code", link.Token));
        Assert.Equal("/", location);
    }

    [Fact]
    public async Task A_link_grows_too_old()
    {
        await using var program = await TestProgram.StartAsync();
        var link = await program.NewLinkAsync();
        program.Time.Now += TimeSpan.FromMinutes(30);
        using var browser = program.OpenBrowser();
        var (status, _, _) = await browser.FillInAsync("/enter", "enter", ("Code", link.Token));
        Assert.Equal(HttpStatusCode.Forbidden, status);
    }

    [Fact]
    public async Task A_new_link_makes_the_one_before_useless()
    {
        await using var program = await TestProgram.StartAsync();
        var old = await program.NewLinkAsync();
        await program.NewLinkAsync();
        using var browser = program.OpenBrowser();
        var (status, _, _) = await browser.FillInAsync("/enter", "enter", ("Code", old.Token));
        Assert.Equal(HttpStatusCode.Forbidden, status);
    }

    [Fact]
    public async Task The_cookie_is_out_of_reach_of_scripts_and_other_sites()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = program.OpenBrowser();
        var page = await browser.GetAsync("/enter");
        using var answer = await browser.PostAsync(page, "enter", ("Code", (await program.NewLinkAsync()).Token));
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(one => one.StartsWith("migrator-") && !one.StartsWith("migrator-form"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("path=/", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain=", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("expires=", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Neither_link_nor_session_nor_api_token_is_stored_or_logged_in_the_clear()
    {
        await using var program = await TestProgram.StartAsync();
        var link = await program.NewLinkAsync();
        using var browser = program.OpenBrowser();
        await browser.FillInAsync("/enter", "enter", ("Code", link.Token));
        await browser.GetAsync("/");
        using var asked = new HttpRequestMessage(HttpMethod.Get, "/api/v1/migrations") { Headers = { { "Authorization", $"Bearer {program.ApiToken}" } } };
        using var answered = await browser.Client.SendAsync(asked, Ct);
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);

        var session = browser.Cookies.Single(cookie => !cookie.Name.StartsWith("migrator-form")).Value;
        var stored = Directory.EnumerateFiles(program.Data, "*", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) is not ("api-token" or "migrator.lock")).Select(path => Encoding.Latin1.GetString(ReadShared(path))).ToList();
        Assert.True(stored.Count > 2);
        Assert.NotEmpty(program.Logs.Lines);
        foreach (var secret in new[] { link.Token, session, program.ApiToken })
        {
            Assert.DoesNotContain(stored, text => text.Contains(secret));
            Assert.DoesNotContain(program.Logs.Lines, line => line.Contains(secret));
        }
    }

    [Fact]
    public async Task What_the_door_keeps_only_its_user_may_read()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        string[] kept = [program.Data, Path.Combine(program.Data, "form-keys"), .. Directory.GetFiles(Path.Combine(program.Data, "form-keys")), Path.Combine(program.Data, "api-token")];
        Assert.True(kept.Length > 3);
        Assert.All(kept, path => Assert.Equal(
            UnixFileMode.None, File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)));
    }

    [Fact]
    public async Task The_keys_of_forms_are_sealed_and_open_again_after_a_restart()
    {
        var data = Directory.CreateTempSubdirectory("migrator-web-").FullName;
        string page;
        string cookies;
        await using (var first = await TestProgram.StartAsync(data))
        {
            using var browser = first.OpenBrowser();
            page = await browser.GetAsync("/enter");
            cookies = string.Join("; ", browser.Cookies.Select(cookie => $"{cookie.Name}={cookie.Value}"));
            var files = Directory.GetFiles(Path.Combine(data, "form-keys")).Select(File.ReadAllText).ToList();
            Assert.NotEmpty(files);
            Assert.All(files, text => Assert.Contains("<encryptedSecret", text));
            Assert.All(files, text => Assert.DoesNotContain("<masterKey", text));
        }

        await using var second = await TestProgram.StartAsync(data);
        using var again = second.OpenBrowser();
        again.Client.DefaultRequestHeaders.Add("Cookie", cookies);
        using var answer = await again.PostAsync(page, "enter", ("Code", "wrong"));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task The_link_file_gets_the_link_for_scripts()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("migrator-link-").FullName, "link");
        await using var program = await TestProgram.StartAsync(settings: $"--Migrator:Door:LinkFile={file}");
        var address = (await File.ReadAllTextAsync(file, Ct)).Trim();
        Assert.StartsWith($"{program.Address.GetLeftPart(UriPartial.Authority)}/enter#", address);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        using var browser = program.OpenBrowser();
        var (_, _, location) = await browser.FillInAsync("/enter", "enter", ("Code", address));
        Assert.Equal("/", location);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Fact]
    public async Task Too_many_tries_are_stopped_for_a_while()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = program.OpenBrowser();
        var page = await browser.GetAsync("/enter");
        for (var attempt = 0; attempt < 10; attempt++)
        {
            using var tried = await browser.PostAsync(page, "enter", ("Code", "wrong"));
            Assert.Equal(HttpStatusCode.Forbidden, tried.StatusCode);
        }

        using var refused = await browser.PostAsync(page, "enter", ("Code", (await program.NewLinkAsync()).Token));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        Assert.Contains("Too many tries", await refused.Content.ReadAsStringAsync(Ct));
    }

    /// <summary>Also what another handle has open for writing, such as a database; empty for a file that is gone again, such as its journal.</summary>
    private static byte[] ReadShared(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[file.Length];
            file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return bytes;
        }
        catch (FileNotFoundException)
        {
            return [];
        }
    }
}
