using Migrator.Core.AtProto.Identity;

namespace Migrator.Core.Migrations;

/// <summary>A did:web identity is a file on its owner's web server: Migrator says what must stand in it and looks until it does.</summary>
public static class DidWebDocument
{
    public static async Task<StepOutcome> CheckAsync(MigrationContext context, CancellationToken ct)
    {
        var wanted = context.Progress.Target!.Recommended!;
        var key = wanted.VerificationMethods["atproto"];
        var endpoint = context.Request.Target!.Pds;
        var resolved = await context.Tools.Identities.ResolveAsync(context.Did.ToString(), ct);
        if (resolved.Identity is { } identity && identity.Pds == endpoint && identity.Document.SigningKey?.DidKey == key)
        {
            context.Cutover = context.Cutover with { SubmittedAt = context.Cutover.SubmittedAt ?? context.Now, AcceptedAt = context.Now };
            return new StepOutcome.Done("Your did.json names the new server and its key.");
        }

        return new StepOutcome.NeedsPerson(
            HoldCause.DidWebDocument,
            "Your identity is a file on your own web server (did:web). It does not name the new server yet.",
            "Publish these values in /.well-known/did.json, keep everything else as it is. Migrator looks every ten seconds.",
            [
                $"verificationMethod #atproto: type Multikey, publicKeyMultibase {key["did:key:".Length..]}",
                $"service #atproto_pds: type AtprotoPersonalDataServer, serviceEndpoint {endpoint.GetLeftPart(UriPartial.Authority)}",
                $"alsoKnownAs: at://{context.Request.NewAccount!.Handle} first",
                $"found now: server {resolved.Identity?.Pds.ToString() ?? "none"}, key "
                + $"{resolved.Identity?.Document.SigningKey?.DidKey ?? "none"}",
            ],
            LookAgain: TimeSpan.FromSeconds(10));
    }
}
