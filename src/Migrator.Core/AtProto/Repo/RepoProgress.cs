namespace Migrator.Core.AtProto.Repo;

/// <summary>How far a verification is: first all bytes are read and hashed, then the tree is walked.</summary>
/// <param name="BytesHashed">Bytes of CAR read so far.</param>
/// <param name="BytesTotal">Bytes of all files.</param>
public readonly record struct RepoProgress(long BytesHashed, long BytesTotal);
