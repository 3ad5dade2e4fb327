using Migrator.Web.Features.Doctor;
using Migrator.Web.Hosting;

// migrator-verify …   what "migrator verify …" does, by the same code, compiled for this machine beforehand (decision 0006)
return await SettingFaults.GuardAsync(() => VerifyCommand.RunAsync(args));
