using System.Data.Common;
using Migrator.Jobs.Storage;
using Migrator.Web.Security;

namespace Migrator.Web.Hosting;

/// <summary>The words after <c>migrator</c> that do something else than run the program.</summary>
public static partial class CommandLine
{
    private const string Help = """
        Migrator moves an AT Protocol account from one server to another.

        migrator            run the program; it prints a link to open
        migrator link       print a new one-time link for the program that is running
        migrator token      make a new API token (kept in the file "api-token" in the data folder)
        migrator verify X   say whether a CAR file, or a living account (handle or DID), is whole; changes nothing
        migrator verify-report FILE --key KEY   say whether a signed parity report is genuine; asks nobody
        migrator snapshots  list the snapshots in a vault of backups, this program's or another's
        migrator take-out   take one of them out as plain files: records as JSON, files, the repo as a CAR
        migrator bring-back bring records that are gone back into a living account, from a snapshot; changes nothing that is there
        migrator drill      restore a snapshot for real into servers of its own on this machine, compare, and put it all away
        migrator --help     this text

        verify takes:
        --json              the report as JSON
        --blobs             read every file (blob) from the account's server and hash it; else up to 500 are asked for
        --key did:key:…     for a CAR file: the key that must have signed it; nobody is asked for one
        --offline           for a CAR file: ask nobody; without --key the signature is then not checked, and the report says so
        --other-host URL    for an account: one more server to ask, where a move to it stopped half-way
        snapshots, take-out, bring-back and drill take:
        --vault FOLDER      or https://host/bucket/prefix with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION in the environment
        --identity FILE     the private key that the backups are sealed to (AGE-SECRET-KEY-1…)
        --account NAME      handle or DID, where there are several
        --at 2026-11-17     take-out, bring-back, drill: as it was then; else the newest
        --to FOLDER         take-out: a folder that does not exist yet
        --only KIND         bring-back: such as app.bsky.feed.post, or app.bsky.feed.post/3kabc… for one record, or none; else all that are gone
        --lost-files        bring-back: also files (pictures, films) that records refer to and that the server no longer gives out
        --password-file F   bring-back: the account's password, or better an app password; without it, only says what would come back
        --json              snapshots: the list as JSON; drill: the report
        KEY of verify-report is a did:key, or the saved file /.well-known/migrator-keys.json of the instance that signed.

        Settings come from appsettings.json, from the environment (Migrator__Data) or from the command line (--Migrator:Data=/srv/migrator):

        Migrator:Data                    folder for everything that is kept            default: ./data
        Migrator:Url                     where to listen                               default: http://127.0.0.1:5210
        Migrator:Role                    all, web or worker                            default: all
        Migrator:MasterKeyFile           the key that seals stored secrets             default: master.key in the data folder
        Migrator:Database:Provider       sqlite or postgres                            default: sqlite
        Migrator:Database:ConnectionString   (or ConnectionString_FILE: a file that holds it)
        Migrator:Plc:Url                 directory of did:plc identities               default: https://plc.directory
        Migrator:Network:AllowPrivate:0  hosts in private networks that may be called, such as localhost:2583
        Migrator:Log:Json                true: one JSON object a line                  default: false
        Migrator:Webhook:Url, Secret_FILE   notifications, signed
        Migrator:Smtp:Host, From, To     mail server for alarms of backups
        Migrator:Backups:…               see docs/operations.md
        Migrator:Drill:Sandbox           folder of the servers that drills restore into    default: "sandbox" beside the program
        Migrator:Drill:Node              Node.js 20 or newer, which they run on            default: node
        Migrator:Door:AllowRemote        true: Migrator:Url may name an address that other machines reach
        Migrator:Door:PublicUrl          the address people type, when a proxy or container is in between
        Migrator:Door:Hosts:0            further host names to answer
        Migrator:Door:LinkFile           a file that the one-time link is also written to
        Migrator:Door:LinkLifetime, IdleTimeout, AbsoluteTimeout   as hh:mm:ss or d.hh:mm:ss

        Exit codes: 0 ended as asked (verify, drill: whole; verify-report: genuine)
                    1 verify, take-out, drill: not whole, verify-report: not genuine
                    2 settings or arguments are wrong · 3 the address is in use · 4 the data folder or database is not as it must be
                    5 verify, drill: cannot be said now, a server did not answer · 6 no such account or snapshot · 130 interrupted
        """;

    /// <returns>The exit code; null where the words ask for the program itself.</returns>
    public static async Task<int?> TryRunAsync(string[] args)
    {
        switch (args.FirstOrDefault(arg => !arg.StartsWith('-')) ?? args.FirstOrDefault())
        {
            case "--help" or "-h" or "help":
                Console.Out.WriteLine(Help);
                return 0;
            case "link":
                return await PrintLinkAsync(ReadConfiguration(args));
            case "token":
                var token = new ApiToken(WebOptions.Read(ReadConfiguration(args)));
                token.Replace();
                Console.Out.WriteLine($"A new API token is in {token.Path}");
                return 0;
            default:
                return null;
        }
    }

    private static async Task<int> PrintLinkAsync(IConfiguration configuration)
    {
        var options = WebOptions.Read(configuration);
        await using var services = new ServiceCollection().AddLogging().AddMigratorStorage(configuration)
            .AddSingleton(options).AddSingleton<EntryLinks>().BuildServiceProvider();
        services.CheckSettings();
        try
        {
            Greeting.Print(await services.GetRequiredService<EntryLinks>().CreateAsync(options.PublicUrl, CancellationToken.None));
            return 0;
        }
        catch (DbException missing)
        {
            Console.Error.WriteLine($"migrator: no link could be made: {missing.Message} Start the program first, and name the same data folder here.");
            return CannotReachStorage;
        }
    }
}
