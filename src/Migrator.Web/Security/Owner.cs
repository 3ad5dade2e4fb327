using System.Security.Claims;

namespace Migrator.Web.Security;

/// <summary>Who is signed in. On a machine of one's own there is one owner.</summary>
public static class Owner
{
    public const string Local = "local";

    /// <summary>The owner that every command of this request acts for.</summary>
    public static string Name(this ClaimsPrincipal user) =>
        user.FindFirstValue(ClaimTypes.NameIdentifier) ?? throw new InvalidOperationException("No one is signed in.");
}
