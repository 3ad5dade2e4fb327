using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>What a repository must be to be the one that was asked for.</summary>
/// <param name="Did">The account whose repository it is; null where whoever the commit names is right, if one of the keys signed it.</param>
/// <param name="SigningKeys">
/// The keys any of which may have signed the commit: the current one first, then older ones from the audit log, since a key that
/// was replaced after the last write is still the one that signed it.
/// </param>
public sealed record RepoExpectation(Did? Did, IReadOnlyList<PublicKey> SigningKeys);
