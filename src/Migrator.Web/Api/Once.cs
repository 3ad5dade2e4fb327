using System.Security.Cryptography;
using System.Text.Json;
using Migrator.Jobs.Migrations;
using Migrator.Web.Security;

namespace Migrator.Web.Api;

/// <summary>A call that makes something, made again with the same <c>Idempotency-Key</c>: answers with what the first call made.</summary>
internal static class Once
{
    private const int LongestKey = 200;

    /// <param name="command">What was asked; another command under the same key is refused. Only its hash is remembered.</param>
    /// <param name="create">Makes it.</param>
    /// <param name="find">Finds what an earlier call made, by its id.</param>
    /// <param name="idOf">The id of what was made.</param>
    /// <param name="created">The answer, the same each time.</param>
    public static async Task<IResult> CreateAsync<TCommand, T>(
        HttpContext http,
        TCommand command,
        Func<string, Task<ServiceResult<T>>> create,
        Func<string, string, Task<ServiceResult<T>>> find,
        Func<T, string> idOf,
        Func<T, IResult> created)
        where T : class
    {
        var keys = http.RequestServices.GetRequiredService<IdempotencyKeys>();
        var owner = http.User.Name();
        var key = http.Request.Headers["Idempotency-Key"].ToString();
        if (key.Length > LongestKey)
            return ApiResults.Problem(http, 400, "idempotency-key", $"The Idempotency-Key may have {LongestKey} characters at most.");
        var asked = $"{typeof(TCommand).Name} "
            + $"{Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(command, JsonSerializerOptions.Web)))}";
        if (key.Length > 0 && keys.Find(owner, key) is { } known)
        {
            return known.Account == asked
                ? (await find(owner, known.MigrationId)).Answer(http, created)
                : ApiResults.Problem(http, 422, "idempotency-key", "This Idempotency-Key was used for another call.");
        }

        var result = await create(owner);
        if (key.Length > 0 && result.Value is { } made)
            keys.Remember(owner, key, asked, idOf(made));
        return result.Answer(http, created);
    }
}
