namespace Migrator.Web.Features.Returns;

/// <summary>Kinds of records by the names that people know.</summary>
internal static class KindWords
{
    /// <summary>The kind's own name where it has no other.</summary>
    public static string Of(string kind) => kind switch
    {
        "app.bsky.actor.profile" => "Profile",
        "app.bsky.feed.generator" => "Feeds",
        "app.bsky.feed.like" => "Likes",
        "app.bsky.feed.post" => "Posts and replies",
        "app.bsky.feed.postgate" => "Rules for quotes of posts",
        "app.bsky.feed.repost" => "Reposts",
        "app.bsky.feed.threadgate" => "Rules for replies to posts",
        "app.bsky.graph.block" => "Blocks",
        "app.bsky.graph.follow" => "Follows",
        "app.bsky.graph.list" => "Lists",
        "app.bsky.graph.listblock" => "Blocks by list",
        "app.bsky.graph.listitem" => "Entries of lists",
        "app.bsky.graph.starterpack" => "Starter packs",
        "chat.bsky.actor.declaration" => "Who may write to you",
        _ => kind,
    };
}
