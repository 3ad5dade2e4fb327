using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>A blob that at least one record refers to.</summary>
/// <param name="Cid">The name of its bytes.</param>
/// <param name="MimeType">What the first reference says it is.</param>
/// <param name="Size">Bytes as the first reference says; null for the old form, which does not say.</param>
/// <param name="FirstPath">The first record, in tree order, that refers to it.</param>
public readonly record struct BlobReference(Cid Cid, string? MimeType, long? Size, string FirstPath);
