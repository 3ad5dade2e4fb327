namespace Migrator.Testing.S3;

/// <summary>An answer of S3 that is a no.</summary>
internal sealed class S3Exception(int status, string code, string message = "No.") : Exception(message)
{
    public int Status { get; } = status;
    public string Code { get; } = code;
}
