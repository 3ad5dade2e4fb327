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
        var owner = http.User.Name();
        var key = http.Request.Headers["Idempotency-Key"].ToString();
        if (key.Length > LongestKey)
            return ApiResults.Problem(http, 400, "idempotency-key", $"The Idempotency-Key may have {LongestKey} characters at most.");
        if (key.Length == 0)
            return (await create(owner)).Answer(http, created);

        var keys = http.RequestServices.GetRequiredService<IdempotencyKeys>();
        var asked = $"{typeof(TCommand).Name} "
            + $"{Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(command, JsonSerializerOptions.Web)))}";
        while (true)
        {
            var (call, first) = keys.Begin(owner, key, asked);
            if (call.Asked != asked)
                return ApiResults.Problem(http, 422, "idempotency-key", "This Idempotency-Key was used for another call.");
            if (first)
                return await MakeAsync(call);
            // Two at once: the second waits for what the first makes. Where that came to nothing it is a first call itself.
            if (await call.Made.WaitAsync(http.RequestAborted) is { } known)
                return (await find(owner, known)).Answer(http, created);
        }

        async Task<IResult> MakeAsync(IdempotencyKeys.Entry call)
        {
            string? id = null;
            try
            {
                var result = await create(owner);
                id = result.Value is { } made ? idOf(made) : null;
                return result.Answer(http, created);
            }
            finally
            {
                keys.End(call, id);
            }
        }
    }
}
