using Migrator.Jobs.Migrations;
using Migrator.Jobs.Snapshots;

namespace Migrator.Web.Tests.Hosting;

/// <summary>A look into snapshots for which no key ever fits; what a real key opens is tested with the real program.</summary>
public sealed class TestSnapshots : ISnapshotBrowser
{
    /// <summary>Text of the keys that were given.</summary>
    public List<string?> Given { get; } = [];

    public ServiceResult<KeyLease> GiveKey(string owner, string session, string? text)
    {
        Given.Add(text);
        return ServiceResult<KeyLease>.Invalid("PrivateKey", "This is not a private key.");
    }

    public KeyLease? FindKey(string owner, string session) => null;

    /// <summary>Sessions whose key was to be forgotten; <c>*</c> for all.</summary>
    public List<string> Forgotten { get; } = [];

    public void Forget(string owner, string session) => Forgotten.Add(session);

    public void ForgetAll(string owner) => Forgotten.Add("*");

    public Task<ServiceResult<BrowsedSnapshot>> OpenAsync(string owner, string session, string snapshotId, CancellationToken ct) =>
        Task.FromResult(ServiceResult<BrowsedSnapshot>.Invalid("PrivateKey", "Give the private key first."));
}
