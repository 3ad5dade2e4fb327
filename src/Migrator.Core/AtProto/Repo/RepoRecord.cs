using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>One record of a repository.</summary>
/// <param name="Path">Collection, slash, record key, such as <c>app.bsky.feed.post/3kabc…</c>.</param>
/// <param name="Cid">The name of its bytes.</param>
public readonly record struct RepoRecord(string Path, Cid Cid);

/// <summary>Is told about one record.</summary>
/// <param name="path">The path as ASCII; lives only during the call.</param>
/// <param name="cid">The name of the record's bytes.</param>
public delegate void RecordVisitor(ReadOnlySpan<byte> path, Cid cid);
