namespace Migrator.Testing.S3;

/// <summary>One call that an <see cref="S3Server"/> received.</summary>
/// <param name="Operation">By S3's own name: <c>PutObject</c>.</param>
/// <param name="Key">The object's key; empty for calls to the bucket.</param>
/// <param name="Headers">By their names in small letters.</param>
/// <param name="Body">As it came, after aws-chunked was undone.</param>
public sealed record S3Call(string Operation, string Key, IReadOnlyDictionary<string, string> Headers, byte[] Body);
