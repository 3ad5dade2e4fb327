using System.Net;
using System.Text.RegularExpressions;

namespace Migrator.Web.Tests.Hosting;

/// <summary>A browser without JavaScript: keeps cookies, fills in forms as they stand on the page, follows no redirect by itself.</summary>
public sealed partial class TestBrowser(Uri address) : IDisposable
{
    private readonly CookieContainer cookies = new();
    private HttpClient? client;

    public HttpClient Client => client ??= new HttpClient(
        new SocketsHttpHandler { CookieContainer = cookies, AllowAutoRedirect = false, UseProxy = false })
    { BaseAddress = address };

    public CookieCollection Cookies => cookies.GetCookies(address);

    public async Task<string> GetAsync(string path, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var answer = await Client.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(expected, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Sends the form with this handler (or action) as it stands on the page: hidden fields from there, the rest from <paramref name="fields"/>.</summary>
    public async Task<HttpResponseMessage> PostAsync(string page, string form, params (string Name, string Value)[] fields)
    {
        var markup = Forms().Matches(page).Select(match => match.Value).FirstOrDefault(one => one.Contains($"value=\"{form}\"") || one.Contains($"action=\"{form}\""))
            ?? throw new InvalidOperationException($"The page has no form \"{form}\".");
        var action = Attribute(markup[..markup.IndexOf('>')], "action") ?? throw new InvalidOperationException("The form has no action.");
        var values = Inputs().Matches(markup)
            .Where(input => Attribute(input.Value, "type") == "hidden")
            .ToDictionary(input => Attribute(input.Value, "name")!, input => Attribute(input.Value, "value") ?? "");
        foreach (var (name, value) in fields)
            values[name] = value;
        return await Client.PostAsync(action, new FormUrlEncodedContent(values), TestContext.Current.CancellationToken);
    }

    /// <summary>Reads the page, sends its form, and gives the answer's status and text.</summary>
    public async Task<(HttpStatusCode Status, string Text, string? Location)> FillInAsync(string path, string form, params (string Name, string Value)[] fields)
    {
        using var answer = await PostAsync(await GetAsync(path), form, fields);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), PathOf(answer));
    }

    /// <summary>Where a redirect leads, as a path. It must stay on this host.</summary>
    public string? PathOf(HttpResponseMessage answer)
    {
        if (answer.Headers.Location is not { } location)
            return null;
        var absolute = new Uri(address, location);
        Assert.Equal(address.Authority, absolute.Authority);
        return absolute.PathAndQuery;
    }

    public void Dispose() => client?.Dispose();

    private static string? Attribute(string tag, string name)
    {
        var match = Regex.Match(tag, $"\\b{name}=\"([^\"]*)\"");
        return match.Success ? WebUtility.HtmlDecode(match.Groups[1].Value) : null;
    }

    [GeneratedRegex("<form.*?</form>", RegexOptions.Singleline)]
    private static partial Regex Forms();

    [GeneratedRegex("<input[^>]*>")]
    private static partial Regex Inputs();
}
