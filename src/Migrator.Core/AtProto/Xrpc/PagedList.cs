namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// Follows cursors until the server sends none. Reference servers send a cursor with the last full page too, so a short page says
/// nothing. A list that does not end, by design or by fault, is cut off: a cursor that comes again, page after page with nothing new,
/// or more than <see cref="MaxItems"/> entries.
/// </summary>
internal static class PagedList
{
    public const int MaxItems = 2_000_000;
    private const int MaxCursorLength = 2048;
    private const int MaxPagesWithoutNews = 3;

    public static async Task<XrpcResult<IReadOnlyList<T>>> ReadAsync<T, TKey>(
        Func<string?, XrpcCall> pageAt,
        Func<XrpcCall, Func<ReplyReader, (List<T> Items, string? Cursor)>, Task<XrpcResult<(List<T> Items, string? Cursor)>>> read,
        Func<ReplyReader, List<T>> readItems,
        Func<T, TKey> keyOf)
    {
        var all = new List<T>();
        var keys = new HashSet<TKey>();
        var cursors = new HashSet<string>(StringComparer.Ordinal);
        var withoutNews = 0;
        string? cursor = null;
        while (true)
        {
            var call = pageAt(cursor);
            var page = await read(call, reply => (readItems(reply), reply.OptionalString("cursor"))).ConfigureAwait(false);
            if (!page.IsOk) return page.Error;
            var before = all.Count;
            foreach (var item in page.Value.Items)
            {
                if (keys.Add(keyOf(item))) all.Add(item);
            }
            cursor = page.Value.Cursor;
            if (string.IsNullOrEmpty(cursor)) return XrpcResult.Ok<IReadOnlyList<T>>(all);
            withoutNews = all.Count == before ? withoutNews + 1 : 0;
            if (cursor.Length > MaxCursorLength || !cursors.Add(cursor) || withoutNews > MaxPagesWithoutNews || all.Count > MaxItems)
                return XrpcErrorFactory.Unreadable(call, "the server's list does not end");
        }
    }
}
