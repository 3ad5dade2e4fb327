using Migrator.Web.Features.Backups;
using Migrator.Web.Features.Doctor;
using Migrator.Web.Features.Drills;
using Migrator.Web.Hosting;

// migrator                run the program
// migrator link           print a new one-time link for the program that is running
// migrator token          make a new API token
// migrator verify …       check a CAR file or a living account
// migrator verify-report  check a signed report
// migrator snapshots …    list what is in a vault of backups
// migrator take-out …     take a snapshot out as plain files
// migrator bring-back …   bring deleted records back into a living account
// migrator drill …        restore a snapshot into servers of its own and prove it there
// migrator --help         settings and commands
//
// The checks come first and by themselves: a method that names the web host would load all of it before its first line.
return args switch
{
    ["verify-report", ..] => VerifyReportCommand.Run(args.AsSpan(1)),
    ["verify", ..] => await Guarded.RunAsync(() => NativeVerify.RunAsync(args[1..])),
    ["snapshots", ..] => await Guarded.RunAsync(() => VaultCommands.ListAsync(args[1..])),
    ["bring-back", ..] => await Guarded.RunAsync(() => VaultCommands.BringBackAsync(args[1..])),
    ["drill", ..] => await Guarded.RunAsync(() => DrillCommand.RunAsync(args[1..])),
    ["take-out", ..] => await Guarded.RunAsync(() => VaultCommands.TakeOutAsync(args[1..])),
    _ => await Guarded.RunAsync(() => Server.RunAsync(args)),
};
