using Amazon.Runtime;
using Amazon.S3;

namespace Migrator.Core.Vaults;

/// <summary>
/// The AWS library, set up so that it does no more than sign and encode: calls go through the guarded HTTP client, tries are counted by
/// <see cref="S3Caller"/>, and nothing is taken from the environment or from files of the user that runs Migrator.
/// </summary>
internal static class S3Connection
{
    /// <summary>Name of the guarded client with <see cref="S3HttpHandler"/> on top.</summary>
    public const string ClientName = "vault-s3";

    private const int CopySize = 128 * 1024;

    public static AmazonS3Client Open(S3VaultSettings settings, VaultCredentials credentials, IHttpClientFactory clients)
    {
        var config = new AmazonS3Config
        {
            ServiceURL = settings.Endpoint.GetLeftPart(UriPartial.Authority),
            AuthenticationRegion = settings.Region,
            ForcePathStyle = settings.PathStyle,
            HttpClientFactory = new Clients(clients),
            DefaultConfigurationMode = DefaultConfigurationMode.Standard, // "auto" would ask a cloud's metadata service
            MaxErrorRetry = 0,
            MaxStaleConnectionRetries = 0,
            AllowAutoRedirect = false,
            IgnoreConfiguredEndpointUrls = true,
            // Checksums in trailers are stored as content by some stores. Content-MD5 is understood by all; the read-back proves the rest.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            DisableLogging = true,
            BufferSize = CopySize,
        };
        AWSCredentials keys = credentials.SessionToken is { Length: > 0 } token
            ? new SessionAWSCredentials(credentials.AccessKeyId, credentials.SecretAccessKey, token)
            : new BasicAWSCredentials(credentials.AccessKeyId, credentials.SecretAccessKey);
        return new AmazonS3Client(keys, config);
    }

    private sealed class Clients(IHttpClientFactory factory) : Amazon.Runtime.HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => factory.CreateClient(ClientName);
        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;
        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false; // the factory owns what matters in it
    }
}
